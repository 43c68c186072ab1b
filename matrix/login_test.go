package matrix_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/internal/homeserver"
	"forseti/matrix"
)

// The logins of an account are listed, and others of them ended by its password.
func TestDevices(t *testing.T) {
	server := homeserver.ForTest(t)
	user, _, err := server.Register(t.Context(), "twice-"+strings.ToLower(rand.Text()[:8]), "opensesame", false)
	if err != nil {
		t.Fatal(err)
	}
	logIn := func(name string) *matrix.Session {
		session, err := matrix.Open(t.Context(), matrix.Options{Homeserver: server.URL, User: user, Password: "opensesame", DeviceName: name})
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	one, two := logIn("One"), logIn("Two\nlines")
	has := func(device id.DeviceID) bool {
		devices, err := one.Devices(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(devices, func(d matrix.Device) bool { return d.ID == device })
	}
	if !has(one.Device()) || !has(two.Device()) {
		t.Fatal("a login is missing")
	}
	if err := one.LogOutDevice(t.Context(), two.Device(), "wrong"); err == nil || !has(two.Device()) {
		t.Errorf("logged out with a wrong password: %v", err)
	}
	if err := one.LogOutDevice(t.Context(), two.Device(), "opensesame"); err != nil || has(two.Device()) {
		t.Errorf("not logged out: %v", err)
	}
	// The bot logs out others by itself, never itself, and what the homeserver says to a wrong password is no end of its own login.
	ends := func(s *matrix.Session, device id.DeviceID) action.FailureKind {
		_, err := s.Act(t.Context(), action.Action{Verb: action.EndLogin, Device: device})
		if err == nil {
			return ""
		}
		return action.FailureOf(err).Kind
	}
	four := logIn("Four")
	if kind := ends(one, four.Device()); kind != "" || has(four.Device()) || !one.EndsLogins() {
		t.Errorf("not logged out by the bot: %s", kind)
	}
	if kind := ends(one, four.Device()); kind != "" {
		t.Errorf("logged out again: %s", kind)
	}
	if kind := ends(one, one.Device()); kind != action.Unsupported || !has(one.Device()) {
		t.Errorf("it logs out itself: %s", kind)
	}
	five := logIn("Five")
	without := open(t, server, user, one.AccessToken())
	if kind := ends(without, five.Device()); kind != action.Invalid || !has(five.Device()) || without.EndsLogins() {
		t.Errorf("without a password: %s", kind)
	}
	three := logIn("Three")
	if err := three.LogOut(t.Context()); err != nil || has(three.Device()) {
		t.Errorf("did not log itself out: %v", err)
	}
	if _, err := three.Devices(t.Context()); action.FailureOf(err).Kind != action.Unauthorized {
		t.Errorf("after that: %v", err)
	}
}

func TestKnown(t *testing.T) {
	server := homeserver.ForTest(t)
	one, other := server.Client(t, "one"), server.Client(t, "other")
	session := open(t, server, one.UserID, one.AccessToken)
	for user, want := range map[id.UserID]bool{other.UserID: true, id.NewUserID("nobody-at-all", server.Name): false} {
		if known, err := session.Known(t.Context(), user); err != nil || known != want {
			t.Errorf("%s: %t, %v", user, known, err)
		}
	}
}

func TestFlows(t *testing.T) {
	server := homeserver.ForTest(t)
	flows, err := matrix.Flows(t.Context(), matrix.Options{Homeserver: server.URL})
	if err != nil || !slices.Contains(flows, "m.login.password") {
		t.Errorf("%v, %v", flows, err)
	}
}
