package community

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// gate asks who knocks at a room, or has joined one, to accept its rules in a direct chat, and
// lets in, or speak, who does. Who waits is stored; a mute is in the journal and ends there.
type gate struct {
	rounds
	world   *enforce.World
	commits *commits.Writer
	speaker *speaker
	names   names
	on      func(protection string, room id.RoomID) bool // whether there is still a gate
	asks    func(f kit.Finding, said string)             // asks moderators
	endings *endings
	knocks  func(in kit.Signal, room *rooms.Room) []kit.Finding

	waits queueing
}

// queueing is who waits at a gate.
type queueing struct {
	at     map[kit.Place]*caller
	tact   sanction.Tact // towards those who are asked
	shown  sanction.Tact // towards moderators
	early  early
	leaves []id.RoomID        // direct chats that are done with
	read   map[id.RoomID]bool // rooms that were read as a whole: some may knock there of whom we have not heard
	full   time.Time          // when it was last told that too many wait
}

// caller is somebody who has to accept rules.
type caller struct {
	Came       time.Time  `json:"came"`
	Until      time.Time  `json:"until"`
	Rules      string     `json:"rules"`
	Voice      bool       `json:"voice,omitempty"`
	Mute       string     `json:"mute,omitempty"` // its entry in the journal
	Protection string     `json:"protection"`
	Event      id.EventID `json:"event"`           // with which they came
	Ask        string     `json:"ask,omitempty"`   // the action that asks them
	Chat       id.RoomID  `json:"chat,omitempty"`  // where they were asked,
	Message    id.EventID `json:"asked,omitempty"` // and by what
	Accepted   bool       `json:"accepted,omitempty"`
	Let        string     `json:"let,omitempty"` // the action that lets them in

	kicked bool
}

const (
	// gateNamespace holds who waits, by room and user.
	gateNamespace = "gate"
	mostWaiting   = 300
	mostAsked     = 60 // in an hour
	gateEvery     = time.Minute
	// gateGrace is how long a mute outlasts the patience, so that who did not accept is
	// removed before it ends.
	gateGrace = time.Hour
)

func newGate(g gate) *gate {
	g.waits = queueing{at: map[kit.Place]*caller{}, read: map[id.RoomID]bool{}, tact: sanction.Tact{Most: mostAsked}}
	return &g
}

func gateKey(p kit.Place) string { return string(p.Room) + " " + string(p.User) }

func (g *gate) keep(p kit.Place) { g.commits.Setting(gateNamespace, gateKey(p), g.waits.at[p]) }

// load takes up who waits.
func (g *gate) load(ctx context.Context, kept *store.Store, now time.Time) error {
	stored, err := kept.Settings.All(ctx, gateNamespace)
	if err != nil {
		return err
	}
	for key, raw := range stored {
		var a caller
		room, user, ok := strings.Cut(key, " ")
		if !ok || json.Unmarshal(raw, &a) != nil || len(g.waits.at) >= mostWaiting {
			g.commits.Setting(gateNamespace, key, nil)
			continue
		}
		p := kit.Place{Room: id.RoomID(room), User: id.UserID(user)}
		g.waits.at[p] = &a
		if a.Ask == "" {
			continue
		}
		g.waits.tact.Told(p.User, a.Came)
		if a.Message != "" {
			continue
		}
		// We ended before we heard what the question became.
		if entries, err := kept.Journal.Entries(ctx, a.Ask); err != nil {
			return err
		} else if len(entries) == 1 && entries[0].State == store.EntryDone {
			a.Message = entries[0].Event
		}
	}
	g.next = now
	return nil
}

// came takes in that somebody has to accept rules. In a dry run it says what would follow,
// and nobody waits.
func (g *gate) came(f kit.Finding, at time.Time) (todo outcome) {
	p := kit.Place{Room: f.Room, User: f.User}
	room := g.world.Room(f.Room)
	_, ruled := g.world.Desired(f.User)
	if room == nil || ruled || g.waits.at[p] != nil {
		return todo // whom a list bans is for the list
	}
	a := &caller{Came: at, Until: at.Add(f.Gate.Within), Rules: f.Gate.Rules, Voice: f.Gate.Voice, Protection: f.Protection, Event: f.Offence}
	opens := g.opening(p, f.Cause())
	if a.Voice {
		if _, may := room.Speaks(f.User); !may && (silenced(room, f.User) || !raised(room)) {
			return todo // nobody can write there, or they were muted before
		}
		opens.Verb, opens.Expires = action.Mute, a.Until.Add(gateGrace)
	}
	problem := report.Key{Kind: report.Protection, Room: f.Room, Subject: f.Protection}
	if why := enforce.Able(room, g.world.Self(), opens).String(); why != "" {
		g.speaker.problem(problem, fmt.Sprintf("The protection %s cannot work in %s, for I cannot %s anybody there: %s.", text.Code(f.Protection), g.names.Room(f.Room), opens.Verb.Row().Words.Do, why))
		return todo
	}
	g.speaker.report.Problems.Solved(problem)
	switch {
	case g.dry():
		todo.actions = append(todo.actions, g.question(p, a))
		return todo
	case len(g.waits.at) >= mostWaiting:
		if at.Sub(g.waits.full) > time.Hour {
			g.waits.full = at
			g.speaker.tell(fmt.Sprintf("More than %d wait to be let in, or to speak, and I ask no more of them for now. If it is an attack, `!forseti posture attack --close` closes the rooms.", mostWaiting))
		}
		return todo
	}
	if a.Voice {
		opens.ID = "gate-" + rand.Text()
		a.Mute, todo.actions = opens.ID, append(todo.actions, opens)
	} else if g.waits.shown.May(f.User, at) {
		g.waits.shown.Told(f.User, at)
		g.asks(f, fmt.Sprintf("%s asks to be let into %s. I write them the rules, and let them in when they accept.", text.Code(string(f.User)), g.names.Room(f.Room)))
	}
	g.waits.at[p], g.next = a, at
	g.keep(p)
	return todo
}

// would is what would follow, of a gate in shadow.
func (g *gate) would(f kit.Finding) []action.Action {
	return []action.Action{g.question(kit.Place{Room: f.Room, User: f.User}, &caller{Rules: f.Gate.Rules, Voice: f.Gate.Voice, Protection: f.Protection, Event: f.Offence})}
}

// question is what asks somebody.
func (g *gate) question(p kit.Place, a *caller) action.Action {
	return action.Action{
		ID: "gate-" + rand.Text(), Verb: action.Ask, Room: p.Room, User: p.User, Cause: g.cause(a),
		Message: &action.Message{Markdown: sanction.GateWords(g.names.Room(p.Room), a.Rules, g.then(p, a), a.Until.Sub(a.Came)), Reaction: sanction.AcceptSign},
	}
}

// then is what comes of it if somebody accepts.
func (g *gate) then(p kit.Place, a *caller) sanction.Then {
	room := g.world.Room(p.Room)
	switch {
	case !a.Voice:
		return sanction.LetIn
	case room != nil && raised(room):
		return sanction.VoiceLater
	default:
		return sanction.Voice
	}
}

func (g *gate) cause(a *caller) action.Cause {
	return action.Cause{Kind: action.ByProtection, Protection: a.Protection, Event: a.Event}
}

// opening lets somebody in.
func (g *gate) opening(p kit.Place, by action.Cause) action.Action {
	return action.Action{Verb: action.Invite, Room: p.Room, User: p.User, Reason: "accepted the rules", Cause: by}
}

// hurry has it looked at once.
func (g *gate) hurry() { g.next = time.Unix(1, 0) }

// lookDue asks whose turn it is, lets in who has accepted, and ends what nobody answered.
func (g *gate) lookDue(now time.Time) {
	g.look(now, "see to who waits at a gate", g.plan)
}

// turn is what a look at who waits comes to.
type turn struct {
	wanted store.Commit
	kept   []kit.Place // what of whom is stored
	over   []kit.Place // who waits no more then
	undo   []func()
}

func (t *turn) keep(p kit.Place, a *caller) {
	t.kept = append(t.kept, p)
	t.wanted.Settings = append(t.wanted.Settings, store.NewSetting{Namespace: gateNamespace, Key: gateKey(p), Value: *a})
}

// ends is that somebody waits no more, and is as they were before.
func (t *turn) ends(p kit.Place, a *caller, now time.Time) {
	t.over = append(t.over, p)
	t.wanted.Settings = append(t.wanted.Settings, store.NewSetting{Namespace: gateNamespace, Key: gateKey(p)})
	if a.Voice {
		t.wanted.Located = append(t.wanted.Located, store.Located{Entry: a.Mute, Ends: now})
	}
}

// does is that something is done, and what is to be taken back if it is not stored.
func (t *turn) does(a action.Action, undo func()) {
	t.wanted.Open, t.undo = append(t.wanted.Open, a), append(t.undo, undo)
}

// plan is what is to be done now and what to store with it.
func (g *gate) plan(now time.Time) plan {
	g.next = time.Time{}
	var t turn
	for _, room := range slices.Sorted(maps.Keys(g.waits.read)) {
		g.find(room, now)
	}
	clear(g.waits.read)
	for _, p := range g.waiting() {
		g.see(p, g.waits.at[p], &t, now)
	}
	for _, chat := range g.waits.leaves {
		t.does(action.Action{Verb: action.Leave, Room: chat, Cause: action.Cause{Kind: action.ByForseti}}, func() { g.waits.leaves = append(g.waits.leaves, chat) })
	}
	g.waits.leaves = nil
	if len(g.waits.at) > 0 {
		g.next = now.Add(gateEvery)
	}
	return plan{wanted: t.wanted, stored: func() {
		for _, p := range t.kept {
			if g.waits.at[p] != nil {
				g.keep(p) // that they came may be stored only now, and would say that they were not asked
			}
		}
		for _, p := range t.over {
			g.forget(p)
		}
		if len(t.wanted.Located) > 0 {
			g.endings.expect(now)
		}
	}, undo: func(now time.Time) {
		for _, undo := range t.undo {
			undo()
		}
		g.next = earlier(g.next, now.Add(gateEvery))
	}}
}

// whole takes in that a room was read as a whole, or as it was stored.
func (g *gate) whole(room id.RoomID) {
	if r := g.world.Room(room); r != nil && r.Count(event.MembershipKnock) > 0 {
		g.waits.read[room] = true
		g.hurry()
	}
}

// find takes in who knocks at a room and was never asked, as their knock came in a gap of
// sync. Who has knocked for longer than there is patience was forgotten, or would be.
func (g *gate) find(name id.RoomID, now time.Time) {
	room := g.world.Room(name)
	if room == nil || room.Count(event.MembershipKnock) == 0 {
		return
	}
	for u, m := range room.Members() {
		if m.Membership != event.MembershipKnock || g.waits.at[kit.Place{Room: name, User: u}] != nil {
			continue
		}
		evt := stateEvent(name, event.StateMember.Type, string(u), m.Sender, m.Event, json.RawMessage(`{"membership":"knock"}`))
		in := kit.ChangedBy(evt, rooms.Change{Kind: rooms.Membership, User: u, After: m}, nil, now)
		in.Backlog = true
		for _, f := range g.knocks(in, room) {
			if f.Gate != nil && now.Sub(m.Changed) < f.Gate.Within {
				g.came(f, now)
			}
		}
	}
}

// see sees to one of those who wait.
func (g *gate) see(p kit.Place, a *caller, t *turn, now time.Time) {
	room := g.world.Room(p.Room)
	joined := false
	if room != nil {
		m, _ := room.Member(p.User)
		joined = m.Membership == event.MembershipJoin
	}
	switch {
	case room == nil:
		if !now.Before(a.Until) {
			t.ends(p, a, now)
		}
	case !g.on(a.Protection, p.Room), a.Accepted && a.Voice:
		t.ends(p, a, now)
	case a.Accepted:
		if a.Let == "" {
			if let, why := g.letIn(p, g.cause(a)); why == "" {
				a.Let = let.ID
				t.does(let, func() { a.Let = "" })
				t.keep(p, a)
			}
		}
		if !now.Before(a.Until.Add(gateGrace)) {
			t.ends(p, a, now)
		}
	case !now.Before(a.Until) && a.Voice && joined && now.Before(a.Until.Add(gateGrace)):
		if !a.kicked {
			a.kicked = true
			t.does(action.Action{Verb: action.Kick, Room: p.Room, User: p.User, Reason: "did not accept the rules in time", Cause: g.cause(a)}, func() { a.kicked = false })
		}
	case !now.Before(a.Until):
		t.ends(p, a, now)
	case a.Ask == "" && g.waits.tact.May(p.User, now):
		ask := g.question(p, a)
		a.Ask = ask.ID
		g.waits.tact.Told(p.User, now)
		t.does(ask, func() { a.Ask = ""; g.waits.tact.Untold(p.User) })
		t.keep(p, a)
	}
}

// letIn is what lets in somebody who knocks, and why it cannot be done.
func (g *gate) letIn(p kit.Place, by action.Cause) (let action.Action, why string) {
	room := g.world.Room(p.Room)
	if room == nil {
		return let, "I do not look after that room any more"
	}
	if m, _ := room.Member(p.User); m.Membership != event.MembershipKnock {
		return let, "they do not ask to be let in any more"
	}
	if _, ruled := g.world.Desired(p.User); ruled {
		return let, "a list bans them"
	}
	let = g.opening(p, by)
	if by.Kind == action.ByModerator {
		let.Reason = "let in by a moderator"
	}
	let.ID = "gate-" + rand.Text()
	return let, enforce.Able(room, g.world.Self(), let).String()
}

// waiting are those who wait, by when they came.
func (g *gate) waiting() []kit.Place {
	all := make([]kit.Place, 0, len(g.waits.at))
	for p := range g.waits.at {
		all = append(all, p)
	}
	slices.SortFunc(all, func(p, q kit.Place) int {
		if byTime := g.waits.at[p].Came.Compare(g.waits.at[q].Came); byTime != 0 {
			return byTime
		}
		return strings.Compare(gateKey(p), gateKey(q))
	})
	return all
}

// forget ends that somebody waits, and has us leave the chat where they were asked.
func (g *gate) forget(p kit.Place) {
	a := g.waits.at[p]
	if a == nil {
		return
	}
	delete(g.waits.at, p)
	g.commits.Setting(gateNamespace, gateKey(p), nil)
	if a.Chat != "" {
		g.waits.leaves = append(g.waits.leaves, a.Chat)
	}
	g.hurry()
}

// follow takes in that somebody's membership has changed: who was let in, refused, or went
// away does not wait any more. Whoever cannot write yet waits on, also if they leave and come
// back.
func (g *gate) follow(p kit.Place, is event.Membership) {
	a := g.waits.at[p]
	if a != nil && (is == event.MembershipBan || !a.Voice && is != event.MembershipKnock) {
		g.forget(p)
	}
}
