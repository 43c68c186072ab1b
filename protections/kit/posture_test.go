package kit_test

import (
	"testing"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction"
)

// In a stricter posture limits are lower, and never below their bound; all else that is
// set holds as it is.
func TestLimitsInPostures(t *testing.T) {
	limit, number := kit.Limit("limit", 10, 3, 1000, "How many."), kit.Number("number", 10, 3, 1000, "How many.")
	var got, other int
	s := &sees{check: func(_ kit.Signal, room kit.View) []kit.Finding {
		got, other = limit.In(room), number.In(room)
		return nil
	}}
	b := kittest.New(t, s.kind("sees", limit, number), nil)
	for p, want := range map[sanction.Posture]int{sanction.Calm: 10, sanction.Guarded: 6, sanction.Unattended: 5, sanction.Assault: 3} {
		b.Set.Posture = p
		if b.Say(user, "hello"); got != want || other != 10 {
			t.Errorf("%v: %d and %d", p, got, other)
		}
	}
	b.Configure(kit.Standing{Mode: kit.On, Values: map[string]string{"limit": "900"}})
	b.Set.Posture = sanction.Assault
	if b.Say(user, "hello"); got != 306 {
		t.Errorf("set by hand: %d", got)
	}
	b.Set.Posture = sanction.Calm
	if b.Say(user, "hello"); got != 900 {
		t.Errorf("calm again: %d", got)
	}
}

func TestRaised(t *testing.T) {
	s := &sees{}
	always, raised := s.kind("always"), s.kind("raised")
	raised.From = sanction.Unattended
	for _, tc := range []struct {
		kind     kit.Kind
		standing kit.Standing
		posture  sanction.Posture
		want     kit.Mode
	}{
		{always, kit.Standing{}, sanction.Assault, kit.Off},
		{raised, kit.Standing{}, sanction.Calm, kit.Off},
		{raised, kit.Standing{}, sanction.Guarded, kit.Off},
		{raised, kit.Standing{}, sanction.Unattended, kit.On},
		{raised, kit.Standing{}, sanction.Assault, kit.On},
		{raised, kit.Standing{Mode: kit.Shadow}, sanction.Assault, kit.Shadow},
		{raised, kit.Standing{}.WithMode(kittest.RoomID, kit.Off), sanction.Assault, kit.Off},
		{raised, kit.Standing{}.WithMode(other, kit.Off), sanction.Assault, kit.On},
	} {
		if got, _ := tc.standing.Raised(tc.kind, tc.posture).In(kittest.RoomID); got != tc.want {
			t.Errorf("%s, %+v, %v: %v", tc.kind.Name, tc.standing, tc.posture, got)
		}
	}
}
