package growth

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What looks at all there is for each thing is found, and what looks at each once is not.
func TestFaults(t *testing.T) {
	looks := 0
	look := func(all []int) {
		for _, n := range all {
			looks += n
		}
	}
	world := World{Fill: func(_ *testing.T, c *Costs) {
		all := make([]int, c.N)
		c.One("One: at most a few", func(int) { look(all[:10]) })
		c.One("One: at each", func(int) { look(all) })
		c.All("All: once", func() { look(all) })
		c.Look("Look: once", func() { look(all) })
		c.All("All: at some for each", func() {
			for i := 0; i < len(all); i += 10 { // far more than what disturbs the one time that this is done
				look(all)
			}
		})
		c.Count("counted once", 3)
		c.Count("counted for each", c.N)
	}}
	got := faults(fill(t, world, Few).of, fill(t, world, Many).of)
	want := []string{"All: at some for each", "One: at each", "counted for each"}
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestKept(t *testing.T) {
	var kept [][]byte
	if n := Kept(func() {
		for range 100 {
			kept = append(kept, make([]byte, 10_000))
		}
	}); n < 900_000 || n > 2_000_000 {
		t.Errorf("%d bytes of %d are kept", n, 10_000*len(kept))
	}
	if n := Kept(func() { kept = nil }); n > -900_000 {
		t.Errorf("%d bytes are kept of nothing", n)
	}
}

func TestLeftOut(t *testing.T) {
	folder := t.TempDir()
	for name, source := range map[string]string{
		"a.go":      "package a\ntype Room struct { *roster; other.Thing; N int }\ntype Pair[K, V any] struct { Room }\nfunc (r *Room) Apply() {}\nfunc (p *Pair[K, V]) First() {}\nfunc hidden() {}\n",
		"b.go":      "package a\ntype roster struct { deep }\ntype deep int\nfunc (r *roster) Len() int { return 0 }\nfunc (d deep) Deep() {}\nfunc (r *roster) less() {}\nfunc New() *Room { return nil }\n",
		"a_test.go": "package a\nfunc TestNothing() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exported, err := exports(folder)
	want := []string{"New", "Pair.First", "Room.Apply", "Room.Deep", "Room.Len"}
	if err != nil || !slices.Equal(exported, want) {
		t.Fatalf("%q, %v, want %q", exported, err, want)
	}
	measured := map[string]bool{"New": true, "Pair.First": true, "Room.Gone": true}
	got := leftOut(exported, measured, map[string]string{"New": "it is", "Room.Len": "", "Room.Was": "it is"})
	for _, name := range []string{"New is measured, and need not", "of Room.Apply grows", "of Room.Deep grows", "Room.Gone is measured, and is no", "for Room.Len to be", "Room.Was is said to be"} {
		i := slices.IndexFunc(got, func(s string) bool { return strings.Contains(s, name) })
		if i < 0 {
			t.Errorf("%q is not said", name)
			continue
		}
		got = slices.Delete(got, i, i+1)
	}
	if len(got) > 0 {
		t.Errorf("and %q", got)
	}
}
