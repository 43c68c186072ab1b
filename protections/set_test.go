package protections

import (
	"errors"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// kicker kicks whoever says anything.
type kicker struct {
	name   string
	panics bool
	heir   Protection
}

func (k *kicker) Name() string { return k.name }

func (k *kicker) Check(e Incoming) []action.Action {
	if k.panics {
		var nobody *kicker
		nobody.panics = true
	}
	return []action.Action{{Verb: action.Kick, User: e.Event.Sender, Reason: k.name}}
}

func (k *kicker) Inherit(from Protection) {
	k.heir = from
	if k.panics {
		panic("inherit")
	}
}

func (k *kicker) Pardon(id.RoomID, id.UserID) { panic("pardon") }

func TestPanicStopsNobodyElse(t *testing.T) {
	s := NewSet("@forseti:hs", view{}, &kicker{name: "one"}, &kicker{name: "two", panics: true}, &kicker{name: "three"})
	var failed []string
	s.Report = func(name string, err error) {
		failed = append(failed, name)
		if p, ok := errors.AsType[*Panic](err); !ok || len(p.Stack) == 0 {
			t.Errorf("the error is %v", err)
		}
	}
	got := s.Check(message(1, "@u:hs", start))
	if len(got) != 2 || got[0].Reason != "one" || got[1].Reason != "three" {
		t.Errorf("got %v", got)
	}
	if !slices.Equal(failed, []string{"two"}) {
		t.Errorf("failed: %v", failed)
	}
	s.Pardon("!r:hs", "@u:hs")
	if len(failed) != 4 {
		t.Errorf("failed: %v", failed)
	}
	s.Report = nil
	s.Check(message(2, "@u:hs", start))
}

func TestProtectionsComeAndGo(t *testing.T) {
	first, second := &kicker{name: "one"}, &kicker{name: "one", panics: true}
	s := NewSet("@forseti:hs", view{}, first)
	s.Enable(&kicker{name: "two"})
	s.Enable(second)
	if second.heir != Protection(first) {
		t.Error("nothing was inherited")
	}
	if got := s.Enabled(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("enabled: %v", got)
	}
	if !s.Disable("one") || s.Disable("one") {
		t.Error("disabled none, or twice")
	}
	if got := s.Check(message(1, "@u:hs", start)); len(got) != 1 || got[0].Reason != "two" {
		t.Errorf("got %v", got)
	}
}
