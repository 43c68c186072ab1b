package community

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"forseti/commands"
	"forseti/store"
)

// What is set is remembered over a restart: who, when, from what to what; of what a crash came
// between, too; and no more than is bounded.
func TestWhatWasSetIsRemembered(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	past, at := r.configured.past, time.Now()
	of := func(values ...string) (all []commands.Setting) {
		for i := 0; i < len(values); i += 2 {
			all = append(all, commands.Setting{Name: values[i], Value: values[i+1], Set: "set " + values[i] + " …"})
		}
		return all
	}
	want := func(past *settingPast, want ...string) {
		t.Helper()
		var got []string
		for _, one := range past.all {
			got = append(got, fmt.Sprintf("%s: %s → %s by %s", one.Name, one.From, one.To, one.By))
			if one.Set != "set "+one.Name+" …" || !one.At.Equal(at) && one.At.Sub(at).Abs() > time.Second {
				t.Errorf("%+v", one)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	past.ended(of("a", "1")) // nothing began
	past.begin("@mod:hs", of("a", "1", "b", "2", "gone", "3"), at)
	past.ended(of("a", "1", "b", "5", "new", "4"))
	past.begin("@mod:hs", of("a", "1"), at)
	past.ended(of("a", "1")) // set to what it was
	first := []string{"b: 2 → 5 by @mod:hs", "new:  → 4 by @mod:hs", "gone: 3 →  by @mod:hs"}
	want(past, first...)

	past.begin("@other:hs", of("a", "1"), at)
	r.store(store.Commit{})
	again := newReader(t, kept, 0).configured.past // a crash came between
	want(again, first...)
	again.ended(of("a", strings.Repeat("x", 3*commands.MostSetTo)))
	if last := again.all[len(again.all)-1]; last.By != "@other:hs" || len(last.To) > commands.MostSetTo+10 {
		t.Errorf("%+v", last)
	}

	r = newReader(t, kept, 0)
	for i := range 3 * mostSet {
		r.configured.past.begin("@mod:hs", of("a", fmt.Sprint(i)), at)
		r.configured.past.ended(of("a", fmt.Sprint(i+1)))
	}
	r.store(store.Commit{})
	reread := newReader(t, kept, 0).configured.past
	if len(reread.all) != mostSet || !reread.changing.At.IsZero() || reread.all[mostSet-1].To != fmt.Sprint(3*mostSet) || reread.first != r.configured.past.first {
		t.Errorf("%d are remembered, from %d on", len(reread.all), reread.first)
	}
	if stored := storedAs(t, kept, pastNamespace); len(stored) != mostSet {
		t.Errorf("%d are stored", len(stored))
	}
}
