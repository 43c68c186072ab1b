package homeserver

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

// shared is the one server of a test binary. It is package state because a
// test binary has no other place that all its tests can reach.
var shared struct {
	sync.Mutex
	main   bool
	server *Server
	err    error
}

// Main runs the tests of a package that uses ForTest and stops the shared
// server after the last of them:
//
//	func TestMain(m *testing.M) { os.Exit(homeserver.Main(m)) }
func Main(m interface{ Run() int }) int {
	shared.Lock()
	shared.main = true
	shared.Unlock()
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.Stop()
	}
	return code
}

// Variable is the environment variable that names the kind of homeserver that
// tests run on: dendrite, which is the default, or synapse.
const Variable = "FORSETI_HOMESERVER"

// ForTest returns the server that all tests of this binary share; the first
// call starts it. Tests keep apart by registering users of their own.
func ForTest(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.main {
		t.Fatal("homeserver.ForTest needs a TestMain that calls homeserver.Main, which stops the server")
	}
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = Start(t.Context(), Options{
			Kind:   Kind(os.Getenv(Variable)),
			Report: func(line string) { fmt.Fprintln(os.Stderr, line) },
		})
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// Client registers a user and returns a client for it. Random letters after
// prefix keep tests that share a server, and their repetitions, apart.
func (s *Server) Client(t testing.TB, prefix string) *mautrix.Client {
	t.Helper()
	password := rand.Text()
	user, token, err := s.Register(t.Context(), prefix+"-"+strings.ToLower(rand.Text()[:8]), password, false)
	if err != nil {
		t.Fatal(err)
	}
	s.passwords.Store(user, password)
	cli, err := mautrix.NewClient(s.URL, user, token)
	if err != nil {
		t.Fatal(err)
	}
	return cli
}

// Password is that of a user of Client.
func (s *Server) Password(user id.UserID) string {
	password, _ := s.passwords.Load(user)
	word, _ := password.(string)
	return word
}

// NewDevice logs a user of Client in once more. The device that a registration
// makes has the same ID for all users on some homeservers, which encryption takes
// for its own.
func (s *Server) NewDevice(t testing.TB, user id.UserID) *mautrix.Client {
	t.Helper()
	cli, err := mautrix.NewClient(s.URL, "", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = cli.Login(t.Context(), &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: s.Password(user), StoreCredentials: true,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(user)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return cli
}
