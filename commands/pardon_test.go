package commands

import (
	"testing"

	"maunium.net/go/mautrix/id"
)

func TestPardon(t *testing.T) {
	w := newWorld()
	w.standing = map[id.UserID]Member{
		"@sorry:hs.example": {Points: 42, Offences: []Offence{{Undone: true}, {}, {}}},
		"@once:hs.example":  {Points: 1, Offences: []Offence{{}}},
		"@clean:hs.example": {Offences: []Offence{{Undone: true}}},
	}
	a := expect(t, w, "pardon @sorry:hs.example --dry-run", nil, "2 offences of `@sorry:hs.example`, 42 points, would count no more.")
	if a.Ask {
		t.Error("it asks")
	}
	p := newSet(w).Plan(t.Context(), Request{Sender: mod}, "pardon @once:hs.example")
	if len(p.Steps) != 1 || p.Steps[0].Change.Kind != Pardon || p.Steps[0].Change.User != "@once:hs.example" || p.Answer != "1 offence of `@once:hs.example` counts no more: 1 point is gone. What was done stays." {
		t.Errorf("%+v", p)
	}
	expect(t, w, "pardon @clean:hs.example", nil, "Nothing counts against `@clean:hs.example`.")
	expect(t, w, "pardon @nobody:hs.example", nil, "Nothing counts against")
	expect(t, w, "pardon @*:hs.example", nil, "is a pattern")
}
