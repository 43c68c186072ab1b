package action

import (
	"encoding/json"
	"testing"

	"maunium.net/go/mautrix/event"
)

// Every row says all that others ask of a verb, so that nothing about a verb is
// decided elsewhere.
func TestTable(t *testing.T) {
	seen := map[Verb]bool{}
	for _, r := range table() {
		t.Run(string(r.Verb), func(t *testing.T) {
			if seen[r.Verb] {
				t.Error("two rows")
			}
			seen[r.Verb] = true
			if !r.Verb.Known() {
				t.Error("no guard: it would be refused")
			}
			if r.Subject == nil || len(r.Needs) == 0 {
				t.Error("no subject, or needs nothing")
			}
			if r.Words.Do == "" || r.Words.Doing == "" || r.Words.Did == "" || r.Words.Would == "" || r.Words.Noun == "" {
				t.Errorf("words missing: %+v", r.Words)
			}
			if r.Reverse != "" {
				back := r.Reverse.Row()
				if back.Lane != r.Lane {
					t.Errorf("its reverse %s is in another lane: the two could pass each other", r.Reverse)
				}
				if r.Direction != Neutral && back.Direction != -r.Direction {
					t.Errorf("its reverse %s goes the same way", r.Reverse)
				}
			}
			if r.Direction == Tightens && r.Lane == MemberLane && r.Guard != GuardMember {
				t.Error("it acts on members and is not guarded as such")
			}
			if r.Power == AdminPower != (r.Lane == AdminLane) {
				t.Error("administration is a lane and a power at once")
			}
		})
	}
	if len(Verbs()) != len(seen) {
		t.Errorf("%d verbs, %d rows", len(Verbs()), len(seen))
	}
}

func TestUnknownVerbIsRefused(t *testing.T) {
	for _, v := range []Verb{"", "explode", "Ban", "ban "} {
		if v.Known() || v.Speech() || v.Row().Guard != GuardRefuses {
			t.Errorf("%q passes", v)
		}
		if (Action{Verb: v, Room: "!r", User: "@u"}).Check() == nil {
			t.Errorf("%q is checked as good", v)
		}
	}
}

func TestOnlySpeechPassesADryRun(t *testing.T) {
	for _, v := range Verbs() {
		if v.Speech() != (v == Say) {
			t.Errorf("%s: speech is %v", v, v.Speech())
		}
	}
}

// An action that lacks any one field is no action.
func TestCheck(t *testing.T) {
	full := Action{
		Room: "!r", User: "@u", Event: "$e", Alias: "#a", Level: new(int64(50)),
		State:  &State{Type: event.StateServerACL, Content: json.RawMessage(` {"a":1}`)},
		Create: &NewRoom{}, Profile: &Profile{Name: "n"}, Data: &AccountData{Type: "t", Content: json.RawMessage(`{}`)},
		Message: &Message{Markdown: "hello"}, Device: "ABC", Was: json.RawMessage(`{"b":2}`),
	}
	lack := map[Field]func(a *Action){
		HasBase:    func(a *Action) { a.Was = nil },
		HasRoom:    func(a *Action) { a.Room = "" },
		HasTarget:  func(a *Action) { a.Room, a.Alias = "", "" },
		HasUser:    func(a *Action) { a.User = "" },
		HasEvent:   func(a *Action) { a.Event = "" },
		HasState:   func(a *Action) { a.State = &State{Type: event.StateServerACL, Content: json.RawMessage(`[]`)} },
		HasCreate:  func(a *Action) { a.Create = nil },
		HasData:    func(a *Action) { a.Data = &AccountData{Type: "t", Content: json.RawMessage(`"x"`)} },
		HasDevice:  func(a *Action) { a.Device = "" },
		HasProfile: func(a *Action) { a.Profile = &Profile{} },
		HasMessage: func(a *Action) { a.Message = &Message{Reaction: "x"} },
		HasLevel:   func(a *Action) { a.Level = nil },
		HasAlias:   func(a *Action) { a.Alias = "" },
		HasText:    func(a *Action) { a.Message = &Message{} },
	}
	for _, r := range table() {
		a := full
		a.Verb = r.Verb
		if err := a.Check(); err != nil {
			t.Errorf("%s: %v", r.Verb, err)
		}
		for _, field := range r.Needs {
			lacking := a
			lack[field](&lacking)
			if lacking.Check() == nil {
				t.Errorf("%s goes without %s", r.Verb, field)
			}
		}
	}
}

// What a verb leads to, and when it is needed no more, agree: once it was done it is
// fulfilled, and its reverse is not.
func TestMembershipsAgree(t *testing.T) {
	for _, r := range table() {
		switch {
		case (r.Leads != "") != (r.Lane == MemberLane) || (r.Fulfilled != nil) != (r.Leads != ""):
			t.Errorf("%s: a verb about members leads to a membership, and no other does", r.Verb)
		case r.Leads == "":
		case !r.Fulfilled(r.Leads):
			t.Errorf("%s is not fulfilled by what it leads to", r.Verb)
		case r.Reverse.Row().Fulfilled(r.Leads):
			t.Errorf("%s is needless after %s, which it undoes", r.Reverse, r.Verb)
		case r.Once && (r.Leads != event.MembershipLeave || r.Direction != Tightens):
			t.Errorf("%s removes nobody who could come back", r.Verb)
		}
	}
}
