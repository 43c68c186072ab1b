package jssdk

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
)

// Required is the environment variable that, set to 1, makes tests fail where they
// would be skipped for want of Node or of the client's packages.
const Required = "FORSETI_REQUIRE_NODE"

var installed = sync.OnceValues(func() (*Installation, error) {
	return Install(context.Background(), func(line string) { fmt.Fprintln(os.Stderr, line) })
})

// Need skips a test where the client cannot be had, or fails it if the environment
// says so. Call it before anything that takes time.
func Need(t testing.TB) *Installation {
	t.Helper()
	i, err := installed()
	if err != nil && os.Getenv(Required) == "1" {
		t.Fatalf("%v, and %s=1", err, Required)
	}
	if err != nil {
		t.Skipf("NOT HELD AGAINST AN INDEPENDENT CLIENT: %v", err)
	}
	return i
}

// ForTest starts a client that ends with the test.
func ForTest(t testing.TB, login Login) *Client {
	t.Helper()
	c, err := Start(t.Context(), Need(t), login)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if t.Failed() {
			t.Logf("what the client of %s complained of:\n%s", c.User, c.p.words)
		}
	})
	return c
}
