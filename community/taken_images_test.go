package community

import (
	"strings"
	"testing"
	"time"

	"forseti/commands"
	"forseti/images"
)

// Pictures that others banned are banned here, over a restart too, and those that were stay as they are;
// with a mistake in the text, or without space, nothing is taken.
func TestTakenImages(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	changes := &imageChanges{world: a.world, loop: a.loop, commits: a.commits, protectors: a.protectors, pictures: a.hearing.pictures}
	desk := imageDesk{pictures: a.hearing.pictures, protectors: a.protectors}
	ours := images.Banned{Sum: images.Sum{1}, By: "@first:hs", At: time.Unix(1000, 0).UTC(), Reason: "ours", Hits: 3}
	a.loop.See(func() { a.hearing.pictures.shelf.Put(ours) })
	written := ours.Sum.String() + " - theirs\n" + images.Sum{2}.String() + " " + strings.Repeat("0f", 32) + " gore\n" + images.Sum{3}.String() + "\n"
	if n, err := desk.CheckImages(written); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := desk.CheckImages(written + "x"); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("%v", err)
	}
	if err := changes.change(commands.Change{Kind: commands.TakeImages, User: benchModerator, Value: written + "x"}); err == nil {
		t.Error("a text with a mistake is taken")
	}
	for range 2 { // a plan that goes on may do it again
		if err := changes.change(commands.Change{Kind: commands.TakeImages, User: benchModerator, Value: written}); err != nil {
			t.Fatal(err)
		}
	}
	if latest, all := desk.Banned(10); all != 3 || latest[0].By != string(benchModerator) || latest[2].By != "@first:hs" || latest[2].Hits != 3 || latest[2].Reason != "ours" {
		t.Errorf("banned: %+v", latest)
	}
	if parts := desk.ExportImages(); len(parts) != 1 || !strings.Contains(parts[0], " "+strings.Repeat("0f", 32)+" gore\n") || !strings.Contains(parts[0], ours.Sum.String()+" - ours\n") {
		t.Errorf("written: %q", parts)
	}
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored, err := kept.Settings.All(t.Context(), imageNamespace)
	if err != nil || len(stored) != 2 {
		t.Errorf("stored %v, %v", stored, err)
	}
}
