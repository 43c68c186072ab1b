package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
}

// removalAsks are what they ask of others.
type removalAsks struct {
	how    func(list id.RoomID) commands.HowWatched
	usual  func() map[string]string
	trust  func(u id.UserID, at time.Time) trust.Level
	limits func() approval.Limits
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
	Due   int64        `json:"due,omitempty"`   // and when, in ms
}

func newListedRemovals(c *Community, acts *actions) *listedRemovals {
	members, following := membersOf(c), c.places.following
	return &listedRemovals{
		world: c.world, loop: c.loop, log: c.opts.Log, commits: c.commits, speaker: c.speaker, names: c.places.names, begun: c.progress.complete,
		of: map[id.UserID]*listedRemoval{},
		asks: removalAsks{
			how:   func(list id.RoomID) commands.HowWatched { return following.how[list] },
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
	// removalNamespace keeps them, by their user, for as long as they count.
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
		if json.Unmarshal(raw, &one) == nil {
			r.of[id.UserID(u)] = &one
		}
	}
	return err
}

func (r *listedRemovals) keep(u id.UserID) {
	if one := r.of[u]; one != nil {
		r.commits.Setting(removalNamespace, string(u), one)
	} else {
		r.commits.Setting(removalNamespace, string(u), nil)
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
		if one.Due == 0 && now.Sub(time.UnixMilli(one.At)) >= r.asks.limits().Within {
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
	for _, one := range r.of {
		if one.Due != 0 {
			at = earlier(at, time.UnixMilli(one.Due))
		}
	}
	return at
}

// lookDue has removed what is due, all of one list at once.
func (r *listedRemovals) lookDue(now time.Time) {
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
		one.Due, one.Rooms = 0, nil
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
			one.Rooms = append(was.Rooms, one.Rooms...)
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
