package matrix_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/internal/homeserver"
	"forseti/matrix"
)

func open(t *testing.T, server *homeserver.Server, user id.UserID, token string) *matrix.Session {
	t.Helper()
	session, err := matrix.Open(t.Context(), matrix.Options{Homeserver: server.URL, User: user, AccessToken: token})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func limited(t *testing.T, kind homeserver.Kind, exempt ...id.UserID) *homeserver.Server {
	t.Helper()
	server, err := homeserver.Start(t.Context(), homeserver.Options{Kind: kind, Limits: &homeserver.Limits{Exempt: exempt}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

// A Dendrite with its own limits refuses whoever it does not exempt, and says so to
// questions that change nothing.
func TestPaceOnDendrite(t *testing.T) {
	server := limited(t, homeserver.Dendrite, "@free:localhost")
	for name, want := range map[string]bool{"free": false, "slow": true} {
		user, token, err := server.Register(t.Context(), name, "opensesame", false)
		if err != nil {
			t.Fatal(err)
		}
		session := open(t, server, user, token)
		if software := session.Software(t.Context()); !software.Is(matrix.Dendrite) {
			t.Errorf("the software is %v", software)
		}
		pace, err := session.PaceOfReads(t.Context())
		if err != nil || pace.Limited != want {
			t.Errorf("%s: %+v, %v", name, pace, err)
		}
	}
}

// The same for a Synapse as it comes, which counts events, until its admin exempts
// the account.
func TestPaceOnSynapse(t *testing.T) {
	if os.Getenv(homeserver.Variable) != string(homeserver.Synapse) {
		t.Skip("needs Synapse: make test-synapse")
	}
	server := limited(t, homeserver.Synapse)
	admin, adminToken, err := server.Register(t.Context(), "admin", "opensesame", true)
	if err != nil {
		t.Fatal(err)
	}
	user, token, err := server.Register(t.Context(), "bot", "opensesame", false)
	if err != nil {
		t.Fatal(err)
	}
	session := open(t, server, user, token)
	if software := session.Software(t.Context()); !software.Is(matrix.Synapse) || software.Version == "" {
		t.Errorf("the software is %v", software)
	}
	if _, known := session.RateExempt(t.Context()); known {
		t.Error("an account that is no admin was told about limits")
	}
	client, err := mautrix.NewClient(server.URL, user, token)
	if err != nil {
		t.Fatal(err)
	}
	room, err := client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	if err != nil {
		t.Fatal(err)
	}
	pace, err := session.PaceOfEvents(t.Context(), room.RoomID)
	if err != nil || !pace.Limited || pace.Wait <= 0 || pace.Taken < 5 {
		t.Errorf("as it comes: %+v, %v", pace, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("%s/_synapse/admin/v1/users/%s/override_ratelimit", server.URL, user), strings.NewReader(`{"messages_per_second": 0, "burst_count": 0}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	if pace, err = session.PaceOfEvents(t.Context(), room.RoomID); err != nil || pace.Limited {
		t.Errorf("exempt: %+v, %v", pace, err)
	}
	asAdmin := open(t, server, admin, adminToken)
	if exempt, known := asAdmin.RateExempt(t.Context()); exempt || !known {
		t.Errorf("an admin that is not exempt: %t, %t", exempt, known)
	}
}
