package store_test

import (
	"bytes"
	"fmt"
	"maps"
	"testing"
	"time"

	mid "maunium.net/go/mautrix/id"

	"forseti/store"
)

func samples(t *testing.T, s *store.Store) map[string]string {
	t.Helper()
	all, err := s.Samples.All(t.Context())
	ok(t, err)
	found := map[string]string{}
	for _, row := range all {
		if row.Body == nil {
			t.Errorf("%s cannot be read", row.ID)
		}
		found[row.ID] = row.Kind + " " + string(row.Body)
	}
	return found
}

// Samples come and go with commits, nobody reads them without the key, and another community has
// its own.
func testSamples(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	at := time.UnixMilli(1_790_000_000_000)
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Samples: []store.Sample{{"early", "spam", at, []byte("x")}}}}))
	if got := samples(t, s); len(got) != 0 || s.Samples.Kept() {
		t.Errorf("%q without a key", got)
	}
	ok(t, s.Account().UseKey([]byte("one key")))
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Samples: []store.Sample{
		{"b", "spam", at.Add(time.Second), []byte("free bitcoin " + nasty)}, {"a", "ham", at, []byte{}}, {"gone", "spam", at, []byte("x")}, {"a", "ham", at, []byte("2")}, {ID: "gone"}, {ID: "never"},
	}}}))
	want := map[string]string{"b": "spam free bitcoin " + nasty, "a": "ham 2"}
	if got := samples(t, s); !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if all, _ := s.Samples.All(ctx); !all[1].At.Equal(at.Add(time.Second)) || all[1].ID != "b" {
		t.Errorf("%v", all)
	}
	other, err := s.Account().Community(ctx, "!other:hs")
	ok(t, err)
	if got := samples(t, other); len(got) != 0 {
		t.Errorf("another community has %q", got)
	}
	ok(t, other.Commit(ctx, store.Commit{Known: store.Known{Samples: []store.Sample{{ID: "a"}, {"b", "ham", at, []byte("theirs")}}}}))
	if got := samples(t, s); !maps.Equal(got, want) {
		t.Errorf("%q after another community forgot", got)
	}
	var sealed []byte
	ok(t, s.Account().DB().QueryRow(ctx, `SELECT sealed FROM sample WHERE community = $1 AND id = 'b'`, management).Scan(&sealed))
	if bytes.Contains(sealed, []byte("bitcoin")) {
		t.Error("a sample is stored in clear")
	}
	// One cannot be put in another's place.
	_, err = s.Account().DB().Exec(ctx, `UPDATE sample SET sealed = $1 WHERE community = $2 AND id = 'a'`, sealed, management)
	ok(t, err)
	if all, err := s.Samples.All(ctx); err != nil || len(all) != 2 || all[0].Body != nil || all[1].Body == nil {
		t.Errorf("%v, %v", all, err)
	}
	s = reopen(t, s, url)
	ok(t, s.Account().UseKey([]byte("another key")))
	if all, err := s.Samples.All(ctx); err != nil || len(all) != 2 || all[0].Body != nil || all[1].Body != nil {
		t.Errorf("with another key %v, %v", all, err)
	}
}

// However many there are, what is kept is bounded, the youngest last.
func testSamplesArePruned(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	ok(t, s.Account().UseKey([]byte("key")))
	const most = 20_000
	var all []store.Sample
	for i := range most + 10 {
		all = append(all, store.Sample{ID: fmt.Sprint(i), Kind: "ham", At: time.UnixMilli(int64(i + 1)), Body: []byte("x")})
	}
	ok(t, s.Commit(ctx, store.Commit{Known: store.Known{Samples: all}}))
	if _, err := s.Prune(ctx, time.UnixMilli(5)); err != nil || rows(t, s, "sample") != most+6 {
		t.Errorf("%d samples, %v", rows(t, s, "sample"), err)
	}
	if _, err := s.Prune(ctx, time.Now()); err != nil || rows(t, s, "sample") != most {
		t.Errorf("%d samples, %v", rows(t, s, "sample"), err)
	}
	if got := samples(t, s); got["9"] != "" || got[fmt.Sprint(most+9)] == "" {
		t.Error("the youngest went")
	}
}

// What version 8 stored is there after the upgrade, nothing was learned yet, and can be.
func TestFrozenBeforeSamples(t *testing.T) {
	for name, thaw := range map[string]func(*testing.T, string) string{"sqlite": thawSQLite, "postgres": thawPostgres} {
		t.Run(name, func(t *testing.T) {
			d, err := store.Open(t.Context(), thaw(t, "v8"), nolog)
			ok(t, err)
			t.Cleanup(func() { d.Close() })
			ok(t, d.UseKey([]byte("a key of the store")))
			for _, management := range []mid.RoomID{"!management:example.org", "!other:example.org"} {
				s, err := d.Community(t.Context(), management)
				ok(t, err)
				if got := trusted(t, s); len(got) != 2 || got["@u:hs"] != string(management) {
					t.Errorf("trusted %q", got)
				}
				if all, err := s.Offences.Of(t.Context(), mid.UserID("@"+nasty), time.Time{}); err != nil || len(all) != 1 || all[0].Class != "spam" || all[0].Step != "mute" {
					t.Errorf("offences %+v, %v", all, err)
				}
				if e, found, err := s.Evidence.Of(t.Context(), "$flood"); err != nil || !found || string(e.Content) != `{"body":"buy"}` {
					t.Errorf("evidence %+v, %v, %v", e, found, err)
				}
				if got := samples(t, s); len(got) != 0 {
					t.Errorf("samples %q", got)
				}
				ok(t, s.Commit(t.Context(), store.Commit{Known: store.Known{Samples: []store.Sample{{"$x", "spam", time.Now(), []byte(management)}}}}))
				if got := samples(t, s); len(got) != 1 || got["$x"] != "spam "+string(management) {
					t.Errorf("samples %q", got)
				}
			}
		})
	}
}
