package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/commands/grammar"
	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/sanction/trust"
	"forseti/store"
	"forseti/text"
)

// listedRemovals have what those wrote lately removed whom a watched list's rules banned, if the
// list is watched so and the rule's reason is one for which that goes. A list is not ours: whoever
// owns it could have what anybody wrote removed, which nothing brings back. So it is no more than
// what newcomers wrote within a day, and of no more users within a time than the list may ban
// without a yes. Of all others moderators are told by which command it goes.
type listedRemovals struct {
	world   *enforce.World
	loop    *loop.Loop
	log     zerolog.Logger
	commits *commits.Writer
	speaker *speaker
	names   names
	asks    removalAsks
	begun   func() bool // whether enough is known to begin

	of   map[id.UserID]*listedRemoval
	busy bool
	// since is from when on the bans of each list count that is watched so: what the journal has of them and is not in of was
	// lost as we were killed.
	since  map[id.RoomID]int64
	looked struct {
		known bool      // whether there were any
		next  time.Time // when to look again, if that did not work
	}
}

// removalAsks are what they ask of others.
type removalAsks struct {
	how    func(list id.RoomID) commands.HowWatched
	usual  func() map[string]string
	trust  func(u id.UserID, at time.Time) trust.Level
	limits func() approval.Limits
	lists  func() []id.RoomID // that are watched
	done   func(ctx context.Context, since time.Time) ([]store.Entry, error)
	find   func(ctx context.Context, s commands.Search) (commands.Found, error)
	want   func(ctx context.Context, wanted []action.Action, exhibits []any) error
}

// listedRemoval is what is known of one user.
type listedRemoval struct {
	Cause action.Cause `json:"cause"` // of the ban
	Why   string       `json:"why,omitempty"`
	At    int64        `json:"at"`              // when they were banned first, in ms
	Stays bool         `json:"stays,omitempty"` // what they wrote
	Rooms []id.RoomID  `json:"rooms,omitempty"` // that are to be looked through
	Had   []id.RoomID  `json:"had,omitempty"`   // that were
	Due   int64        `json:"due,omitempty"`   // when to, in ms

	under []id.RoomID // that are looked through just now
}

func newListedRemovals(c *Community, acts *actions) *listedRemovals {
	members, following := membersOf(c), c.places.following
	return &listedRemovals{
		world: c.world, loop: c.loop, log: c.opts.Log, commits: c.commits, speaker: c.speaker, names: c.places.names, begun: c.progress.complete,
		of: map[id.UserID]*listedRemoval{}, since: map[id.RoomID]int64{},
		asks: removalAsks{
			how:   func(list id.RoomID) commands.HowWatched { return following.how[list] },
			lists: func() []id.RoomID { return slices.Sorted(maps.Keys(following.lists)) }, done: c.opts.Store.Journal.DoneSince,
			usual: func() map[string]string { return c.configured.reasons.of }, trust: c.protectors.set.Trust.Level, limits: following.weigher.limits,
			find: func(ctx context.Context, s commands.Search) (commands.Found, error) {
				return members.Messages(ctx, s, nil)
			},
			// What is in the journal already was tried before a crash.
			want: func(ctx context.Context, wanted []action.Action, exhibits []any) error {
				return acts.want(ctx, run{resumed: true}, wanted, exhibits)
			},
		},
	}
}

const (
	// removalNamespace keeps them by their user, for as long as they count, and by each list from when on
	// its bans do.
	removalNamespace = "listed_removal"
	// removalDelay is how long the bans of other rooms are waited for.
	removalDelay = 3 * time.Second
	// removalRetry is when it is tried again what could not be read or stored.
	removalRetry = time.Minute
)

func (r *listedRemovals) load(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, removalNamespace)
	for u, raw := range stored {
		var one listedRemoval
		switch at := int64(0); {
		case strings.HasPrefix(u, "!"):
			if json.Unmarshal(raw, &at) == nil {
				r.since[id.RoomID(u)] = at
			}
		case json.Unmarshal(raw, &one) == nil:
			r.of[id.UserID(u)] = &one
		}
	}
	return err
}

func (r *listedRemovals) keep(u id.UserID) {
	if one := r.of[u]; one != nil {
		kept := *one
		if len(one.under) > 0 { // until that is done it is to be done
			kept.Rooms, kept.Due = slices.Concat(one.under, one.Rooms), max(one.Due, 1)
		}
		r.commits.Setting(removalNamespace, string(u), kept)
	} else {
		r.commits.Setting(removalNamespace, string(u), nil)
	}
}

// begin notes from when on the bans of lists count, once it is known which are watched so.
func (r *listedRemovals) begin(now time.Time) {
	if !r.begun() {
		return
	}
	for _, list := range r.asks.lists() {
		if _, known := r.since[list]; !known && r.asks.how(list).Redact {
			r.from(list, now.UnixMilli())
		}
	}
	for list := range r.since {
		if !r.asks.how(list).Redact {
			delete(r.since, list)
			r.commits.Setting(removalNamespace, string(list), nil)
		}
	}
}

func (r *listedRemovals) from(list id.RoomID, at int64) {
	r.since[list] = at
	r.commits.Setting(removalNamespace, string(list), at)
}

// find looks for bans that we were killed after, before anything was noted of them.
func (r *listedRemovals) find(now time.Time) {
	if r.looked.known || r.busy || !r.begun() || now.Before(r.looked.next) {
		return
	}
	if r.looked.known = len(r.since) == 0; r.looked.known {
		return
	}
	first := slices.Min(slices.Collect(maps.Values(r.since)))
	r.busy, r.looked.next = true, now.Add(removalRetry)
	failed := func(err error) {
		r.busy = false
		r.log.Err(err).Msg("Whose messages the bans of lists were to remove is not known yet")
	}
	r.loop.Later("look for bans of lists", func(ctx context.Context) {
		done, err := r.asks.done(ctx, time.UnixMilli(first))
		r.loop.Post(func() {
			if err != nil {
				failed(err)
				return
			}
			r.busy, r.looked.known = false, true
			for _, e := range done {
				r.lost(e)
			}
		})
	}, failed)
}

// lost takes in a ban of which nothing is noted.
func (r *listedRemovals) lost(e store.Entry) {
	a := e.Action
	one, list := r.of[a.User], a.Cause.List
	noted := one != nil && (one.Stays || slices.Contains(slices.Concat(one.Rooms, one.Had, one.under), a.Room))
	if at, counts := r.since[list]; counts && !noted && e.Settled.UnixMilli() >= at {
		r.ended(action.Ending{Action: a, Fate: action.Done})
	}
}

// ended takes in that a rule banned somebody.
func (r *listedRemovals) ended(e action.Ending) {
	a := e.Action
	if e.Fate != action.Done || a.Cause.Kind != action.ByRule || a.Verb.Row().Leads != event.MembershipBan || !r.asks.how(a.Cause.List).Redact {
		return
	}
	rule, known := r.world.Rules.Rule(a.Cause.Rule)
	// Of what we wrote ourselves the command has said what goes.
	if !known || rule.Sender == r.world.Self() || !commands.Removes(r.asks.usual(), rule.Reason) || r.world.Moderator(a.User) {
		return
	}
	r.banned(a, rule.Reason, time.Now())
}

// banned notes whose messages are to go, or tells why they stay.
func (r *listedRemovals) banned(a action.Action, why string, now time.Time) {
	r.forget(now)
	u, room, list := a.User, a.Room, a.Cause.List
	one := r.of[u]
	if one == nil {
		stays := ""
		switch {
		case r.asks.trust(u, now) > trust.New:
			stays = "they are no newcomer here"
		case r.spent(list) >= r.asks.limits().Members:
			stays = fmt.Sprintf("what it had removed of %s within %s is as much as it may", text.Count(r.spent(list), "user"), text.Span(r.asks.limits().Within))
		}
		one = &listedRemoval{Cause: a.Cause, Why: why, At: now.UnixMilli(), Stays: stays != ""}
		if one.Stays {
			r.speaker.note(fmt.Sprintf("What %s wrote stays, whom the list %s banned: %s. %s removes it.",
				text.Code(string(u)), r.names.List(list), stays, text.Code("!forseti redact "+grammar.Quote(string(u)))))
		}
		r.of[u] = one
	}
	if !one.Stays && !slices.Contains(one.Rooms, room) {
		one.Rooms = append(one.Rooms, room)
		if one.Due == 0 {
			one.Due = now.Add(removalDelay).UnixMilli()
		}
	}
	r.keep(u)
}

// spent is of how many users a list has had what they wrote removed lately.
func (r *listedRemovals) spent(list id.RoomID) (n int) {
	for _, one := range r.of {
		if one.Cause.List == list && !one.Stays {
			n++
		}
	}
	return n
}

// forget ends what counts no more.
func (r *listedRemovals) forget(now time.Time) {
	for u, one := range r.of {
		if one.Due == 0 && len(one.under) == 0 && now.Sub(time.UnixMilli(one.At)) >= r.asks.limits().Within {
			if at, counts := r.since[one.Cause.List]; counts && one.At >= at {
				r.from(one.Cause.List, one.At+1)
			}
			delete(r.of, u)
			r.keep(u)
		}
	}
}

// due is when to look; zero if there is nothing to do, or not now.
func (r *listedRemovals) due() (at time.Time) {
	if r.busy || !r.begun() {
		return time.Time{}
	}
	if !r.looked.known {
		at = r.looked.next
	}
	for _, one := range r.of {
		if one.Due != 0 {
			at = earlier(at, time.UnixMilli(one.Due))
		}
	}
	return at
}

// lookDue has removed what is due, all of one list at once.
func (r *listedRemovals) lookDue(now time.Time) {
	r.begin(now)
	r.find(now)
	due := r.due()
	if due.IsZero() || now.Before(due) {
		return
	}
	taken := map[id.UserID]listedRemoval{}
	var list id.RoomID
	for _, u := range slices.Sorted(maps.Keys(r.of)) {
		one := r.of[u]
		if one.Due == 0 || now.UnixMilli() < one.Due || list != "" && one.Cause.List != list {
			continue
		}
		list, taken[u] = one.Cause.List, *one
		one.Due, one.Rooms, one.under = 0, nil, one.Rooms
	}
	r.busy = true
	again := func(err error) {
		r.busy = false
		r.log.Warn().Err(err).Stringer("list", list).Msg("What banned users wrote is not removed yet")
		for u, was := range taken {
			one := r.of[u]
			if one == nil {
				one = &was
				r.of[u] = one
			}
			one.Rooms, one.under = append(was.Rooms, one.Rooms...), nil
			one.Due = time.Now().Add(removalRetry).UnixMilli()
		}
	}
	r.loop.Later("remove what banned users wrote", func(ctx context.Context) {
		err := r.remove(ctx, taken, now)
		r.loop.Post(func() {
			if err != nil {
				again(err)
				return
			}
			r.busy = false
			for u := range taken {
				if one := r.of[u]; one != nil {
					one.Had, one.under = append(one.Had, one.under...), nil
				}
				r.keep(u)
			}
		})
	}, again)
}

// remove finds what they wrote, and has it removed.
func (r *listedRemovals) remove(ctx context.Context, of map[id.UserID]listedRemoval, now time.Time) error {
	var rooms []id.RoomID
	for _, one := range of {
		for _, room := range one.Rooms {
			if !slices.Contains(rooms, room) {
				rooms = append(rooms, room)
			}
		}
	}
	r.loop.See(func() { // of one that is protected no more nothing is removed
		rooms = slices.DeleteFunc(rooms, func(room id.RoomID) bool { return r.world.Room(room) == nil })
	})
	if len(rooms) == 0 {
		return nil
	}
	found, err := r.asks.find(ctx, commands.Lately(slices.Sorted(maps.Keys(of)), rooms, now))
	if err == nil && found.Unread != nil && len(found.Messages) == 0 {
		err = found.Unread
	}
	if err != nil {
		return err
	}
	var wanted []action.Action
	for _, said := range found.Messages {
		one, theirs := of[said.By]
		if !theirs {
			continue
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s", one.Cause.Rule, said.Event))
		wanted = append(wanted, action.Action{
			ID: "listed-" + base64.RawURLEncoding.EncodeToString(sum[:15]), Verb: action.Redact, Room: said.Room, Event: said.Event, By: said.By, Reason: one.Why, Cause: one.Cause,
		})
	}
	return r.asks.want(ctx, wanted, found.Left)
}
