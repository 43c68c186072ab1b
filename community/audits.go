package community

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/matrix"
	"forseti/store"
	"forseti/text"
)

// audits look at how protected rooms are set up, as `audit rooms` does, and tell what has
// become worse since: once for each thing, whoever did it. What is better again is told as what asks
// nothing of anybody. What was so when a room was first
// looked at is told by the command alone.
type audits struct {
	loop    *loop.Loop
	commits *commits.Writer
	speaker *speaker
	names   names
	audit   func(ctx context.Context, room id.RoomID) (commands.RoomAudit, error)
	rooms   func() []id.RoomID
	moves   func() int  // grows with each room that comes or goes
	begun   func() bool // whether enough is known to begin

	known map[id.RoomID][]string  // what was so
	at    map[id.RoomID]time.Time // when each is looked at
	own   ownChanges
	next  time.Time // not before
	busy  bool

	// first waits longest, of the rooms as they were after so many moves; "" if that is to be
	// found out anew. With every turn of the owner it is asked for.
	first  id.RoomID
	chosen int
}

// ownChanges are rooms that we changed ourselves, of which whoever wanted that was told.
type ownChanges struct {
	self   id.UserID
	at     map[id.RoomID]time.Time
	others map[id.RoomID]bool // that others changed since they were looked at
}

const (
	auditNamespace = "audited" // settings namespace: what was so, by room
	// auditDelay is how long more of the same is waited for, auditPause is between two rooms.
	auditDelay = 5 * time.Second
	auditPause = 2 * time.Second
	// auditEvery is how often a room is looked at anew: of the directory nothing tells.
	auditEvery = 6 * time.Hour
	auditRetry = 10 * time.Minute
	// auditOwn is how long what is found otherwise is our own doing, unless others did something.
	auditOwn = time.Minute
	// mostAudited bounds what is remembered of a room.
	mostAudited = 50
	// hasACL stands there if there was a server ACL. Without one, servers named by an IP address may take part as well.
	hasACL = "acl"
	// moreAudited and evenMoreAudited stand among what was so if that was looked for which earlier versions did not.
	moreAudited, evenMoreAudited = "revision 2", "revision 3"
)

func (a *audits) load(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, auditNamespace)
	for room, raw := range stored {
		var known []string
		if json.Unmarshal(raw, &known) == nil {
			a.known[id.RoomID(room)] = known
		}
	}
	return err
}

// heard takes in that a room may be set up otherwise by now.
func (a *audits) heard(in *matrix.RoomBatch, now time.Time) {
	changes := func(evt *event.Event) bool {
		switch evt.Type.Type {
		case "m.room.join_rules", "m.room.guest_access", "m.room.history_visibility", "m.room.encryption", "m.room.power_levels", "m.room.server_acl", "m.room.tombstone":
			return evt.StateKey != nil
		}
		return false
	}
	if slices.ContainsFunc(slices.Concat(in.State, in.Timeline), func(evt *event.Event) bool { return changes(evt) && evt.Sender != a.own.self }) {
		a.own.others[in.Room] = true
	}
	if _, looked := a.at[in.Room]; looked && (slices.ContainsFunc(in.State, changes) || slices.ContainsFunc(in.Timeline, changes)) {
		a.look(in.Room, now.Add(auditDelay))
	}
}

// ended takes in what we did.
func (a *audits) ended(e action.Ending) {
	row := e.Action.Verb.Row()
	switch {
	case e.Action.Verb == action.List || e.Action.Verb == action.Unlist:
		if _, looked := a.at[e.Action.Room]; looked { // of the directory nothing else tells
			a.look(e.Action.Room, time.Now().Add(auditDelay))
		}
	case row.Lane != action.StateLane && row.Lane != action.LevelLane:
		return
	}
	a.own.at[e.Action.Room] = time.Now()
}

// look has a room be looked at at a time.
func (a *audits) look(room id.RoomID, at time.Time) { a.at[room], a.first = at, "" }

// due is when to look; zero if not now.
func (a *audits) due() time.Time {
	if a.busy || !a.begun() {
		return time.Time{}
	}
	if a.first == "" || a.chosen != a.moves() {
		a.choose()
	}
	switch at := a.at[a.first]; {
	case a.first == "":
		return time.Time{}
	case at.Before(a.next):
		return a.next
	default:
		return at
	}
}

// choose finds the room that has waited longest, and forgets those that are no more.
func (a *audits) choose() {
	a.first, a.chosen = "", a.moves()
	here := map[id.RoomID]bool{}
	for _, room := range a.rooms() {
		here[room] = true
		if a.first == "" || a.at[room].Before(a.at[a.first]) {
			a.first = room
		}
	}
	for room := range a.known {
		if !here[room] {
			delete(a.known, room)
			a.commits.Setting(auditNamespace, string(room), nil)
		}
	}
	maps.DeleteFunc(a.at, func(room id.RoomID, _ time.Time) bool { return !here[room] })
	maps.DeleteFunc(a.own.at, func(room id.RoomID, _ time.Time) bool { return !here[room] })
	maps.DeleteFunc(a.own.others, func(room id.RoomID, _ bool) bool { return !here[room] })
}

// lookDue looks at the room that has waited longest.
func (a *audits) lookDue(now time.Time) {
	due := a.due()
	if due.IsZero() || now.Before(due) {
		return
	}
	room := a.first
	a.busy = true
	failed := func(error) { a.looked(room, commands.RoomAudit{Unread: "?"}, time.Now()) }
	a.loop.Later("look at how a room is set up", func(ctx context.Context) {
		found, err := a.audit(ctx, room)
		if err != nil {
			found.Unread = "?"
		}
		a.loop.Post(func() { a.looked(room, found, time.Now()) })
	}, failed)
}

// looked takes in how a room is set up.
func (a *audits) looked(room id.RoomID, found commands.RoomAudit, now time.Time) {
	a.busy, a.next, a.first = false, now.Add(auditPause), ""
	if found.Unread != "" {
		a.look(room, now.Add(auditRetry))
		return
	}
	if meanwhile := a.at[room]; meanwhile.Before(now) { // else something has changed since
		a.look(room, now.Add(auditEvery))
	}
	others := a.own.others[room]
	delete(a.own.others, room)
	before, looked := a.known[room]
	is, words := []string{moreAudited, evenMoreAudited}, []string(nil)
	for _, one := range faultsOf(found) {
		is = append(is, one.key)
		if one.words == "" || one.key == "literals" && !slices.Contains(before, hasACL) || doorEnds[one.key] != "" && found.DoorByUs {
			continue
		}
		if looked && (one.since == "" || slices.Contains(before, one.since)) && !slices.Contains(before, one.key) && !implied(one.key, before) {
			words = append(words, one.words)
		}
	}
	if looked && slices.Equal(is, before) {
		return
	}
	better := endedOf(before, is, found.DoorByUs)
	a.known[room] = is
	a.commits.Setting(auditNamespace, string(room), append([]string{}, is...))
	const most = 10
	if more := len(words) - most; more > 0 {
		words = append(words[:most], fmt.Sprintf("%d things more", more))
	}
	if more := len(better) - most; more > 0 {
		better = append(better[:most], fmt.Sprintf("%d things more", more))
	}
	if own, is := a.own.at[room]; is && now.Sub(own) <= auditOwn && !others {
		return
	}
	if len(better) > 0 {
		a.speaker.note(fmt.Sprintf("%s is set up better than it was: %s.", a.names.Room(room), text.And(better)))
	}
	if len(words) > 0 {
		a.speaker.tell(fmt.Sprintf("%s is set up otherwise: %s. %s says what to do about it.", a.names.Room(room), text.And(words), text.Code("!forseti audit rooms "+string(room))))
	}
}

// fault is one thing that moderators want to know of when it comes to be so.
type fault struct {
	key, words string
	since      string // what stands among what was so if it was looked for; "" for always
}

func faultsOf(a commands.RoomAudit) (all []fault) {
	for _, one := range []struct {
		is bool
		fault
	}{
		{a.JoinRule == event.JoinRulePublic, fault{key: anybody, words: "anybody may join now"}},
		{a.JoinRule == event.JoinRuleKnock || a.JoinRule == event.JoinRuleKnockRestricted, fault{key: "knock", words: "one may ask to be let in now", since: evenMoreAudited}},
		{a.JoinRule == event.JoinRuleRestricted || a.JoinRule == event.JoinRuleKnockRestricted, fault{key: "members", words: "members of certain rooms may join now", since: evenMoreAudited}},
		{a.Listed, fault{key: "listed", words: "it is in the directory now"}},
		{a.Guests, fault{key: "guests", words: "guests may join now"}},
		{a.History == event.HistoryVisibilityWorldReadable, fault{key: "history", words: "the whole internet may read it now"}},
		{a.History == event.HistoryVisibilityShared, fault{key: "earlier", words: "who joins may now read what was said before", since: evenMoreAudited}},
		{a.Encrypted, fault{key: "encrypted", words: "it is encrypted now, for good"}},
		{a.ACL, fault{key: hasACL}},
		{a.ACL && a.Literals, fault{key: "literals", words: "servers that are named by an IP address may take part now", since: moreAudited}},
		{a.Replaced, fault{key: "replaced", words: "it is closed by an upgrade now", since: moreAudited}},
	} {
		if one.is {
			all = append(all, one.fault)
		}
	}
	for _, what := range a.Anybody {
		all = append(all, fault{key: "anybody " + what, words: "everybody may " + what + " now"})
	}
	all = append(all, strangersOf(a.Admins, fault{key: "admin ", words: "may change who may do what now"}, mostAudited-len(all))...)
	return append(all, strangersOf(a.Rulers, fault{key: "ruler ", words: "may ban or change the room now", since: moreAudited}, mostAudited-len(all))...)
}

const anybody = "public"

// doorEnds says of who may join what is so no more.
var doorEnds = map[string]string{
	anybody: "not anybody may join any more", "knock": "one may not ask to be let in any more", "members": "members of other rooms may not join any more",
}

// implied tells whether a fault goes without saying beside what else is so.
func implied(key string, keys []string) bool {
	by := map[string]string{"knock": anybody, "members": anybody, "earlier": "history"}[key]
	return by != "" && slices.Contains(keys, by)
}

// endedOf says what is so no more; doorByUs is that it was us who set who may join.
func endedOf(before, is []string, doorByUs bool) (words []string) {
	plain := map[string]string{
		"listed": "it is in the directory no more", "guests": "guests may join no more", "earlier": "who joins may not read what was said before any more",
		"history": "the internet may not read it any more", "literals": "servers that are named by an IP address are shut out now",
	}
	// Of very many only some are remembered: who is not among them need not have changed.
	full := max(len(before), len(is)) >= mostAudited-2
	for _, key := range before {
		if slices.Contains(is, key) {
			continue
		}
		what, of, _ := strings.Cut(key, " ")
		switch {
		case implied(key, is) || doorByUs && doorEnds[key] != "":
		case doorEnds[key] != "":
			words = append(words, doorEnds[key])
		case plain[key] != "":
			words = append(words, plain[key])
		case what == "anybody":
			words = append(words, "not everybody may "+of+" any more")
		case what == "admin" && !full:
			words = append(words, text.Code(of)+" may not change who may do what any more, or is one of you now")
		case what == "ruler" && !full:
			words = append(words, text.Code(of)+" may not ban or change the room any more, or is one of you now")
		}
	}
	return words
}

// strangersOf are those who are no moderators, as many as fit, each a fault of its own.
func strangersOf(admins []commands.Admin, of fault, most int) (all []fault) {
	for _, admin := range admins {
		if admin.Ours || len(all) >= most-2 { // two places are taken
			continue
		}
		one := fault{key: of.key + string(admin.User), words: text.Code(string(admin.User)) + " " + of.words + ", and is not one of you here", since: of.since}
		if commands.LooksBridged(admin.User) {
			one.words = text.Code(string(admin.User)) + ", which looks like an account of a bridge, " + of.words
		}
		all = append(all, one)
	}
	return all
}
