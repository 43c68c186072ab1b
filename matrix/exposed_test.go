package matrix

import (
	"testing"

	"maunium.net/go/mautrix"
)

// Only what leaves the machine in the clear is exposed.
func TestExposed(t *testing.T) {
	for address, want := range map[string]bool{
		"https://matrix.example.org": false, "http://matrix.example.org": true, "http://matrix.example.org:8008": true,
		"http://127.0.0.1:8008": false, "http://127.5.5.5": false, "http://[::1]:8008": false, "http://localhost:8008": false, "http://hs.localhost": false,
		"http://10.0.0.2:8008": true, "http://synapse:8008": true, "http://localhost.example.org": true, "http://[2001:db8::1]": true, "http://0.0.0.0": true,
	} {
		client, err := mautrix.NewClient(address, "", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Session{caller: &caller{client: client}}).Exposed(); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}
