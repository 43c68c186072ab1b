package report

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"forseti/action"
)

// Whatever is opened, ended, handed over and kept waiting, in whatever order: each piece of work is on one account, and
// what the ledger and its accounts count is what a plain list counts.
func TestLedgerAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger()
		accounts := make([]*account, 3)
		for i := range accounts {
			a := newAccount()
			accounts[i] = &a
		}
		times, owner, kept := map[work]int{}, map[work]*account{}, map[place]bool{}
		draw := func() work {
			verb := rapid.SampledFrom([]action.Verb{action.Ban, action.Unban, action.Redact}).Draw(t, "verb")
			return work{verb, "!a", fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "subject")), action.Cause{Kind: action.ByRule}}
		}
		some := func() *account { return rapid.SampledFrom(accounts).Draw(t, "account") }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(*rapid.T) {
				w, by := draw(), some()
				if times[w] == 0 {
					owner[w] = by
				}
				times[w]++
				l.add(w, by, kept[w.place()])
			},
			"end": func(t *rapid.T) {
				w := draw()
				want := owner[w]
				if times[w] == 0 {
					want = nil
				} else {
					times[w]--
				}
				if got := l.end(w); got != want {
					t.Fatalf("%v ends on another account", w)
				}
			},
			"hand": func(*rapid.T) {
				from, to := some(), some()
				if from == to {
					return
				}
				l.hand(from, func(work) *account { return to })
				for w, by := range owner {
					if by == from {
						owner[w] = to
					}
				}
			},
			"mark": func(t *rapid.T) {
				p := draw().place()
				kept[p] = rapid.Bool().Draw(t, "kept")
				l.mark(p, kept[p])
			},
			"": func(t *rapid.T) {
				all, left := 0, map[action.Verb]int{}
				counts := map[*account]*account{}
				for _, by := range accounts {
					a := newAccount()
					counts[by] = &a
				}
				for w, n := range times {
					all += n
					left[w.verb] += n
					by := owner[w]
					if n == 0 {
						by = nil
					}
					if got := l.account(w); got != by {
						t.Fatalf("%v is on another account", w)
					}
					if n > 0 {
						counts[by].open[w], counts[by].left[w.verb] = n, counts[by].left[w.verb]+n
						if kept[w.place()] {
							counts[by].stuck[w] = struct{}{}
						}
					}
				}
				if l.total() != all {
					t.Fatalf("%d open, and it is %d", l.total(), all)
				}
				for by, want := range counts {
					for v, n := range by.left {
						if n != want.left[v] {
							t.Fatalf("%d %s left, and it is %d", n, v, want.left[v])
						}
					}
					if fmt.Sprint(by.open) != fmt.Sprint(want.open) || fmt.Sprint(by.stuck) != fmt.Sprint(want.stuck) {
						t.Fatalf("open %v, stuck %v, and it is %v and %v", by.open, by.stuck, want.open, want.stuck)
					}
					if idle := len(want.open) == len(want.stuck); by.idle() != idle {
						t.Fatalf("idle %t", by.idle())
					}
				}
				for v, n := range l.left {
					if n != left[v] {
						t.Fatalf("%d %s in all, and it is %d", n, v, left[v])
					}
				}
			},
		})
		for w, n := range times {
			for range n {
				l.end(w)
			}
		}
		if len(l.open)+len(l.at)+l.total() > 0 {
			t.Fatal("something is left of what has ended")
		}
	})
}
