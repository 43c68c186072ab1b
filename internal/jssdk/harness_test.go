package jssdk

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"
	"time"

	"forseti/internal/homeserver"
)

func TestMain(m *testing.M) { os.Exit(homeserver.Main(m)) }

// patience is for one test. Installing the client and starting the homeserver come
// before.
const patience = 2 * time.Minute

// setting is what a test plays in.
type setting struct {
	*testing.T
	ctx    context.Context
	server *homeserver.Server
}

func newSetting(t *testing.T) *setting {
	t.Helper()
	t.Parallel() // most of the time is waiting
	Need(t)
	s := &setting{T: t, server: homeserver.ForTest(t)}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	s.ctx = ctx
	return s
}

// login registers a user.
func (s *setting) login(prefix string) Login {
	s.Helper()
	password := rand.Text()
	user, _, err := s.server.Register(s.ctx, prefix+"-"+strings.ToLower(rand.Text()[:8]), password, false)
	s.must(err)
	return Login{Homeserver: s.server.URL, User: user, Password: password}
}

// person is a new user with this client and an identity.
func (s *setting) person(prefix string) *Client {
	s.Helper()
	c := ForTest(s, s.login(prefix))
	try(c.Identify(s.ctx, "")).or(s)
	return c
}

func (s *setting) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// result is what a call gave: try(call()).or(t) ends the test if it failed.
type result[T any] struct {
	got T
	err error
}

func try[T any](got T, err error) result[T] { return result[T]{got, err} }

func (r result[T]) or(t testing.TB) T {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.got
}
