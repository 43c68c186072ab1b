package community

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/matrix"
	"forseti/store"
)

const elsewhere id.RoomID = "!elsewhere:hs"

// archive is a homeserver that has messages, and can read those of which it has a key.
type archive struct {
	Homeserver
	events map[id.EventID]*event.Event
	clear  map[id.EventID]string
	asked  []id.EventID
}

func (a *archive) Event(_ context.Context, room id.RoomID, evt id.EventID) (*event.Event, error) {
	a.asked = append(a.asked, evt)
	if found := a.events[evt]; found != nil && found.RoomID == room {
		return found, nil
	}
	return nil, &action.Failure{Kind: action.Gone, Err: errors.New("404")}
}

// keyring is what can be read.
type keyring struct {
	Secrets
	*archive
}

func (a keyring) Decrypt(_ context.Context, evt *event.Event) (*event.Event, error) {
	body, ok := a.clear[evt.ID]
	if !ok {
		return nil, errors.New("no key")
	}
	clear := uttered(evt.RoomID, evt.ID, evt.Sender, body)
	clear.Mautrix.WasEncrypted = true
	return clear, nil
}

// has has the homeserver know a message; its content is text, or JSON.
func (a *archive) has(evts ...*event.Event) {
	for _, evt := range evts {
		a.events[evt.ID] = evt
	}
}

func uttered(room id.RoomID, evt id.EventID, by id.UserID, body string) *event.Event {
	raw := []byte(body)
	if !strings.HasPrefix(body, "{") {
		raw, _ = json.Marshal(map[string]any{"msgtype": "m.text", "body": body})
	}
	e := &event.Event{ID: evt, RoomID: room, Sender: by, Type: event.EventMessage}
	e.Content.VeryRaw = raw
	_ = json.Unmarshal(raw, &e.Content.Raw)
	return e
}

func newCited(t *testing.T) (*alerted, *cited, *archive) {
	t.Helper()
	kept := openStore(t)
	if err := kept.Account().UseKey([]byte("key")); err != nil {
		t.Fatal(err)
	}
	a, _ := newMarking(t, kept)
	home := &archive{events: map[id.EventID]*event.Event{}, clear: map[id.EventID]string{}}
	c := citedOf(a.Community)
	c.home, c.evidence.secrets = home, keyring{archive: home}
	return a, c, home
}

// What is pointed at is found wherever it may be, and nothing else: neither what strangers put
// into what we quote, nor what is said where we have no say.
func TestMeant(t *testing.T) {
	a, c, home := newCited(t)
	a.happens(benchSelf, "m.room.canonical_alias", "", `{"alias":"#bench:hs"}`)
	a.finds(a.nuisance("@u:hs", "$told", "redact", "none"), "$alert")
	here := a.opts.ManagementRoom
	a.loop.See(func() {
		as := a.orders.questions.alerts
		as.note("$wave", &alert{Told: time.Now(), About: waveAlert}, []finding{{Event: "$joined", Room: benchRoom, User: "@w:hs"}})
		as.note("$burst", &alert{Told: time.Now()}, []finding{
			{Event: "$b1", Room: benchRoom, User: "@v:hs"}, {Event: "$b2", Room: benchRoom, User: "@w:hs"}, {Event: "$b2", Room: benchRoom, User: "@w:hs", Protection: "other"},
			{Event: "$b3", Room: elsewhere, User: "@x:hs"}, {Room: benchRoom, User: "@y:hs"},
		})
	})
	a.remembers("$lately", "@u:hs", "buy this", false)
	kept := store.Evidence{Event: "$kept", Room: benchRoom, Sender: "@u:hs", Type: "m.room.message", Content: json.RawMessage(`{"msgtype":"m.text","body":"gone"}`)}
	far := kept
	far.Event, far.Room = "$kept2", elsewhere
	if err := a.opts.Store.Commit(t.Context(), store.Commit{Evidence: []store.Evidence{kept, far}}); err != nil {
		t.Fatal(err)
	}
	locked := uttered(benchRoom, "$locked", "@u:hs", `{"algorithm":"m.megolm.v1.aes-sha2"}`)
	locked.Type = event.EventEncrypted
	read := uttered(benchRoom, "$read", "@u:hs", `{"algorithm":"m.megolm.v1.aes-sha2"}`)
	read.Type, home.clear["$read"] = event.EventEncrypted, "buy this"
	gone := uttered(benchRoom, "$gone", "@u:hs", "{}")
	gone.Unsigned.RedactedBecause = &event.Event{}
	state := stateEvent(here, "m.room.name", "", benchModerator, "$name", json.RawMessage(`{"name":"x"}`))
	state.RoomID = here
	quoted := `{"msgtype":"m.text","body":"> <@u:hs> https://matrix.to/#/!room:hs/$unseen\n\nlook","format":"org.matrix.custom.html","formatted_body":"<mx-reply>` +
		`<a href=\"https://matrix.to/#/!room:hs/$unseen\">here</a></mx-reply>look","m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`
	quoted = strings.ReplaceAll(quoted, "!room:hs", string(benchRoom))
	link := "https://matrix.to/#/" + string(benchRoom) + "/"
	home.has(
		uttered(benchRoom, "$unseen", "@u:hs", "buy this"), locked, read, gone, state, uttered(elsewhere, "$far", "@u:hs", "buy this"),
		uttered(here, "$links", benchModerator, "see "+link+"$unseen?via=hs and "+link+"$unseen and "+link+"$read"),
		uttered(here, "$uri", benchModerator, "see matrix:roomid/"+string(benchRoom[1:])+"/e/unseen?via=hs"),
		uttered(here, "$alias", benchModerator, "see https://matrix.to/#/%23bench:hs/$unseen"),
		uttered(here, "$dead", benchModerator, link+"$nothing "+link+"$locked "+link+"$gone https://matrix.to/#/"+string(elsewhere)+"/$far"),
		uttered(here, "$quoted", benchModerator, quoted),
		uttered(here, "$talk", benchModerator, "what a day"),
		uttered(here, "$shown", benchModerator, `{"msgtype":"m.image","body":"look","url":"mxc://hs/1"}`),
		uttered(here, "$ours", benchSelf, "Found: ||`buy "+link+"$unseen`||"),
		uttered(here, "$answer", benchSelf, `{"msgtype":"m.notice","body":"I go a step further. `+link+`$unseen","m.relates_to":{"m.in_reply_to":{"event_id":"$alert"}}}`),
	)
	of := func(evt id.EventID, by id.UserID) commands.Said {
		return commands.Said{Room: benchRoom, Event: evt, By: by}
	}
	ours := func(evt id.EventID) commands.Meant {
		return commands.Meant{Here: commands.Said{Room: here, Event: evt, By: benchModerator}}
	}
	linked := func(evt id.EventID, all ...commands.Said) commands.Meant {
		m := ours(evt)
		m.Messages = all
		return m
	}
	shown := ours("$shown")
	shown.Pictures = 1
	just := func(all ...commands.Said) commands.Meant { return commands.Meant{Messages: all} }
	for _, tc := range []struct {
		name string
		at   commands.Pointed
		want commands.Meant
		not  string
	}{
		{"an alert", commands.Pointed{Room: here, Event: "$alert"}, just(of("$told", "@u:hs")), ""},
		{"an alert by its ID", commands.Pointed{Event: "$alert"}, just(of("$told", "@u:hs")), ""},
		{"the name of an alert in another room", commands.Pointed{Room: benchRoom, Event: "$alert"}, commands.Meant{}, "cannot find"},
		{"a burst, in rooms that are protected", commands.Pointed{Room: here, Event: "$burst"}, just(of("$b1", "@v:hs"), of("$b2", "@w:hs")), ""},
		{"a wave, of which nobody said anything", commands.Pointed{Room: here, Event: "$wave"}, commands.Meant{}, "cannot find"},
		{"what we answered to an alert", commands.Pointed{Room: here, Event: "$answer"}, just(of("$told", "@u:hs")), ""},
		{"a stranger's link in what we say", commands.Pointed{Room: here, Event: "$ours"}, commands.Meant{}, ""},
		{"what is remembered", commands.Pointed{Room: benchRoom, Event: "$lately"}, just(of("$lately", "@u:hs")), ""},
		{"what is remembered, by its ID", commands.Pointed{Event: "$lately"}, just(of("$lately", "@u:hs")), ""},
		{"what was kept, by its ID", commands.Pointed{Event: "$kept"}, just(of("$kept", "@u:hs")), ""},
		{"what was kept of a room that is not protected any more", commands.Pointed{Event: "$kept2"}, commands.Meant{}, "do not protect"},
		{"what we never saw", commands.Pointed{Room: benchRoom, Event: "$unseen"}, just(of("$unseen", "@u:hs")), ""},
		{"what we never saw, by its ID", commands.Pointed{Event: "$unseen"}, commands.Meant{}, "Paste the link"},
		{"what we never saw and can read", commands.Pointed{Room: benchRoom, Event: "$read"}, just(of("$read", "@u:hs")), ""},
		{"what we never saw and cannot read", commands.Pointed{Room: benchRoom, Event: "$locked"}, just(of("$locked", "@u:hs")), ""},
		{"what was removed", commands.Pointed{Room: benchRoom, Event: "$gone"}, just(of("$gone", "@u:hs")), ""},
		{"what is not there", commands.Pointed{Room: benchRoom, Event: "$nothing"}, commands.Meant{}, "cannot find"},
		{"a room that is not protected", commands.Pointed{Room: elsewhere, Event: "$far"}, commands.Meant{}, "do not protect"},
		{"links", commands.Pointed{Room: here, Event: "$links"}, linked("$links", of("$unseen", "@u:hs"), of("$read", "@u:hs")), ""},
		{"a matrix: link", commands.Pointed{Room: here, Event: "$uri"}, linked("$uri", of("$unseen", "@u:hs")), ""},
		{"a link by address", commands.Pointed{Room: here, Event: "$alias"}, linked("$alias", of("$unseen", "@u:hs")), ""},
		{"links of which some lead nowhere", commands.Pointed{Room: here, Event: "$dead"}, linked("$dead", of("$locked", "@u:hs"), of("$gone", "@u:hs")), ""},
		{"a link in what is quoted", commands.Pointed{Room: here, Event: "$quoted"}, ours("$quoted"), ""},
		{"talk", commands.Pointed{Room: here, Event: "$talk"}, ours("$talk"), ""},
		{"a picture", commands.Pointed{Room: here, Event: "$shown"}, shown, ""},
		{"state of the moderators' room", commands.Pointed{Room: here, Event: "$name"}, commands.Meant{}, "piece of this room's state"},
	} {
		got, err := c.Meant(t.Context(), tc.at)
		if tc.not != "" {
			if err == nil || !strings.Contains(err.Error(), tc.not) || len(got.Messages) > 0 {
				t.Errorf("%s: %+v, %v", tc.name, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got.Messages, tc.want.Messages) || got.Here != tc.want.Here || got.Pictures != tc.want.Pictures {
			t.Errorf("%s: %+v, %v", tc.name, got, err)
		}
	}
	for evt, want := range map[id.EventID]error{"$locked": errSealed, "$gone": errGone, "$read": nil, "$unseen": nil, "$kept": nil, "$lately": nil} {
		if got, err := c.message(t.Context(), benchRoom, evt); got == nil || !errors.Is(err, want) || err == nil && !strings.Contains(string(got.Content.VeryRaw), "m.text") {
			t.Errorf("%s: %v, %v", evt, got, err)
		}
	}
	if slices.Contains(home.asked, "$kept") || slices.Contains(home.asked, "$lately") {
		t.Error("what is known was asked for")
	}
}

// What a command says without a homeserver.
func (a *alerted) plans(line string, to id.EventID) commands.Plan {
	s := a.orders.set
	return s.Plan(a.t.Context(), commands.Request{Sender: benchModerator, Event: "$command", Room: a.opts.ManagementRoom}, s.InReply(line, to))
}

// The commands that are about a message take a reply and a link alike.
func TestCommandsAboutMessages(t *testing.T) {
	kept := openStore(t)
	if err := kept.Account().UseKey([]byte("key")); err != nil {
		t.Fatal(err)
	}
	home := &archive{events: map[id.EventID]*event.Event{}, clear: map[id.EventID]string{}}
	a := &alerted{timed: newTimed(t, kept, func(o *Options) { o.Homeserver, o.Secrets = home, keyring{archive: home} })}
	a.begins()
	if err := a.protectors.loadSamples(t.Context(), kept.Samples); err != nil {
		t.Fatal(err)
	}
	files := &media{files: map[string][]byte{"mxc://hs/1": pngOf(t, stripes(1))}}
	a.hearing.pictures.viewer.home = files
	picture := `{"msgtype":"m.image","body":"x","url":"mxc://hs/1"}`
	a.loop.See(func() {
		a.protectors.evidence.keepFor = time.Hour
		a.protectors.evidence.latest.keep(uttered(benchRoom, "$1", "@u:hs", picture))
	})
	a.finds(a.nuisance("@u:hs", "$1", "redact", "none"), "$alert")
	locked := uttered(benchRoom, "$locked", "@u:hs", `{"algorithm":"m.megolm.v1.aes-sha2"}`)
	locked.Type = event.EventEncrypted
	gone := uttered(benchRoom, "$gone", "@u:hs", "{}")
	gone.Unsigned.RedactedBecause = &event.Event{}
	home.has(
		uttered(benchRoom, "$1", "@u:hs", picture), uttered(benchRoom, "$unseen", "@u:hs", offered), uttered(benchRoom, "$seen", "@u:hs", picture), locked, gone,
		uttered(benchRoom, "$ours", benchModerator, offered), stateEvent(benchRoom, "m.room.topic", "", "@u:hs", "$topic", json.RawMessage(`{}`)),
	)
	home.events["$topic"].RoomID = benchRoom
	to := func(evt string) string { return " https://matrix.to/#/" + string(benchRoom) + "/" + evt }
	uri := " matrix:roomid/" + string(benchRoom[1:]) + "/e/unseen"
	for _, tc := range []struct {
		line string
		to   id.EventID
		acts int
		want string
	}{
		{"ban-image gore", "$alert", 1, "is banned. I know it again by what it shows"},
		{"ban-image" + to("$seen"), "", 1, "is banned"},
		{"ban-image" + to("$unseen"), "$alert", 0, "shows no picture"},
		{"ban-image" + to("$locked"), "", 0, "I have no key for it"},
		{"ban-image" + to("$gone"), "", 0, "kept nothing of it"},
		{"spam", "$alert", 1, "Marked as spam: a message of `@u:hs`"},
		{"not spam", "$alert", 1, "Marked as no spam"},
		{"spam" + to("$unseen"), "", 1, "Marked as spam: a message of `@u:hs`"},
		{"spam" + uri, "", 1, "Marked as spam: a message of `@u:hs`"},
		{"spam" + to("$locked"), "", 1, "It is encrypted, and I have no key for it"},
		{"spam" + to("$gone"), "", 1, "It is removed, and I have kept nothing of it"},
		{"spam" + to("$topic"), "", 1, "a piece of the room's state"},
		{"spam" + to("$ours"), "", 0, "written by a moderator or by me"},
		{"spam" + to("$nothing"), "", 0, "I cannot find that message"},
		{"spam https://matrix.to/#/" + string(elsewhere) + "/$far", "", 0, "I protect no room"},
		{"spam $far", "", 0, "Paste the link to it"},
		{"redact", "$alert", 1, "Removing a message of `@u:hs`"},
		{"redact" + to("$unseen") + " rude", "$alert", 1, "Removing a message of `@u:hs`"},
		{"redact" + to("$gone"), "", 0, "removed already"},
		{"evidence", "$alert", 0, "I have none of that message"},
	} {
		if p := a.plans(tc.line, tc.to); len(p.Steps) != tc.acts || !strings.Contains(p.Answer, tc.want) || p.Crash != "" {
			t.Errorf("%s, in reply to %s: %+v", tc.line, tc.to, p)
		}
	}
	ban := a.plans("ban-image gore", "$alert")
	var b commands.BannedImage
	if err := json.Unmarshal([]byte(ban.Steps[0].Change.Value), &b); err != nil || b.Event != "$1" || b.Sender != "@u:hs" || b.Reason != "gore" {
		t.Errorf("%+v, %v", b, err)
	}
}

// Whom a command is heard from: moderators, in their room.
func TestWhoseRepliesCount(t *testing.T) {
	a, _, _ := newCited(t)
	a.finds(a.nuisance("@u:hs", "$1", "redact", "none"), "$alert")
	reply := func(room id.RoomID, by id.UserID) (heard []store.Command) {
		evt := uttered(room, "$reply", by, `{"msgtype":"m.text","body":"spam","m.relates_to":{"m.in_reply_to":{"event_id":"$alert"}}}`)
		a.loop.See(func() {
			var out store.Commit
			switch room {
			case a.opts.ManagementRoom:
				a.hearing.messages.takeManagement(&matrix.RoomBatch{Room: room, Timeline: []*event.Event{evt}}, &out)
			default:
				a.hearing.direct.chats[elsewhere] = time.Time{}
				a.hearing.direct.take(&matrix.RoomBatch{Room: room, Timeline: []*event.Event{evt}}, &matrix.Batch{})
			}
			heard = out.Commands
		})
		return heard
	}
	for _, tc := range []struct {
		room id.RoomID
		by   id.UserID
		n    int
	}{{a.opts.ManagementRoom, benchModerator, 1}, {a.opts.ManagementRoom, "@u:hs", 0}, {a.opts.ManagementRoom, benchSelf, 0}, {elsewhere, benchModerator, 0}, {elsewhere, "@u:hs", 0}} {
		if heard := reply(tc.room, tc.by); len(heard) != tc.n {
			t.Errorf("%s in %s: %+v", tc.by, tc.room, heard)
		}
	}
	var offences int
	a.loop.See(func() { offences = len(a.protectors.follows.ledger.Of("@u:hs")) })
	if offences != 1 {
		t.Errorf("%d offences", offences)
	}
}
