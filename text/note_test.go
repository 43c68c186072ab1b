package text

import (
	"fmt"
	"strings"
	"testing"
)

// What is only counted in a text is named below it, folded, each once and within bounds.
func TestGathered(t *testing.T) {
	names := make([]string, 30)
	for i := range names {
		names[i] = fmt.Sprintf("@u%02d:hs", i)
	}
	if got := Gathered("Kicked "+Named(names[:3], 5)+".", 1000); got != "Kicked `@u00:hs`, `@u01:hs` and `@u02:hs`." {
		t.Errorf("names that are all shown are folded: %q", got)
	}
	said := "Kicked " + Named(names, 3) + " from " + Noted("2 rooms", []string{"Hall", "Lobby"}) + "; not " + Named(names, 3) + ".\n"
	pieces := Pieces(Gathered(said, 2000))
	if len(pieces) != 2 || pieces[0].Body != "Kicked `@u00:hs`, `@u01:hs`, `@u02:hs` and 27 more from 2 rooms; not `@u00:hs`, `@u01:hs`, `@u02:hs` and 27 more." {
		t.Fatalf("%+v", pieces)
	}
	if fold := pieces[1]; !fold.Folded || !strings.HasPrefix(fold.Body, "`@u00:hs`, ") || !strings.HasSuffix(fold.Body, "`@u29:hs`.\n\nHall, Lobby.") || strings.Count(fold.Body, "@u29") != 1 {
		t.Errorf("%+v", fold)
	}
	if got := Gathered(said, 100); len(got) > len(pieces[0].Body)+200 || !strings.Contains(got, "`@u00:hs`, ") || !strings.Contains(got, "and 26 more") {
		t.Errorf("%q", got)
	}
	if got := Gathered(said, 0); got != pieces[0].Body+"\n" {
		t.Errorf("%q", got)
	}
	// Where nobody gathers, and where a text was cut in the middle of a note, no note is shown.
	for _, s := range []string{said, said[:60]} {
		for _, p := range Pieces(s) {
			if strings.ContainsAny(p.Body, noteBegins+noteParts+noteEnds) || strings.Contains(p.Body, "@u29") {
				t.Errorf("%q", p.Body)
			}
		}
	}
	if hostile := Named([]string{"a" + noteEnds + "b", "c" + noteBegins + "d", "e" + noteParts}, 1); strings.Count(hostile, noteEnds)+strings.Count(hostile, noteBegins) != 2 {
		t.Errorf("%q", hostile)
	}
}

// However many names there are, the fold stays within its bound.
func TestGatheredIsBounded(t *testing.T) {
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprintf("@%s%05d:hs.example", strings.Repeat("`x", 40), i)
	}
	if got := Gathered(Named(names, 3)+Named(names[1:], 3), 4000); len(got) > 6000 || !strings.Contains(got, "and 99") {
		t.Errorf("%d bytes: %q", len(got), got[:200])
	}
}
