package store_test

import (
	"maps"
	"testing"

	"forseti/store"
)

func trusted(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for row, err := range s.Trust.All(t.Context()) {
		ok(t, err)
		all[row.Entity] = string(row.Record)
	}
	return all
}

// Rows come and go with commits, the last of each counts, and another community has its own.
func testTrust(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Trust: []store.TrustRow{
		{"@u:hs", []byte("1")}, {"!room:hs", []byte("\x00\xff")}, {"@" + nasty, []byte{}}, {"@gone:hs", []byte("x")}, {"@u:hs", []byte("2")}, {"@gone:hs", nil}, {"@never:hs", nil},
	}}}))
	want := map[string]string{"@u:hs": "2", "!room:hs": "\x00\xff", "@" + nasty: ""}
	if got := trusted(t, s); !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
	other, err := s.Account().Community(ctx, "!other:hs")
	ok(t, err)
	if got := trusted(t, other); len(got) != 0 {
		t.Errorf("another community has %q", got)
	}
	ok(t, other.Commit(ctx, store.Commit{Known: store.Known{Trust: []store.TrustRow{{"@u:hs", nil}}}}))
	if got := trusted(t, s); !maps.Equal(got, want) {
		t.Errorf("%q after another community forgot", got)
	}
	for range s.Trust.All(ctx) {
		break // gives its connection back
	}
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Trust: []store.TrustRow{{"@u:hs", []byte("3")}}}}))
	if got := trusted(t, reopen(t, s, url)); got["@u:hs"] != "3" {
		t.Errorf("%q after a restart", got)
	}
}
