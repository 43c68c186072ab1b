package community

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/commits"
)

// What lists took out of their budgets is stored by a row for each hit; what was stored
// before, all of a list in one row, is taken up; and what is over goes.
func TestStoredBudgets(t *testing.T) {
	const list = id.RoomID("!list:x")
	now := time.Now()
	spent := func(who string, ago time.Duration) approval.Spent {
		return approval.Spent{Who: who, At: now.Add(-ago).UnixMilli(), Rooms: []id.RoomID{"!a:x"}}
	}
	row := func(v any) json.RawMessage {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for _, tc := range []struct {
		name   string
		stored map[string]json.RawMessage
		counts int
		rows   []string // that are left
	}{
		{"one row", map[string]json.RawMessage{"!list:x": row([]approval.Spent{spent("@a:x", time.Minute), spent("@b:x", time.Minute)})}, 2, []string{"!list:x @a:x", "!list:x @b:x"}},
		{"a row each", map[string]json.RawMessage{"!list:x @a:x": row(spent("@a:x", time.Minute))}, 1, []string{"!list:x @a:x"}},
		{"over", map[string]json.RawMessage{"!list:x @a:x": row(spent("@a:x", time.Hour)), "!list:x @b:x": row(spent("@b:x", 0))}, 1, []string{"!list:x @b:x"}},
		{"of the wrong kind", map[string]json.RawMessage{"!list:x @a:x": json.RawMessage(`[]`), "!list:x": json.RawMessage(`"one"`)}, 0, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := &weigher{budget: approval.NewBudget(), commits: commits.New(nil, nil, zerolog.Nop()), within: 10 * time.Minute}
			for key, raw := range tc.stored {
				w.loadSpent(key, raw, now)
			}
			rows := map[string]bool{}
			for key := range tc.stored {
				rows[key] = true
			}
			for _, s := range w.commits.Next().Settings {
				if rows[s.Key] = s.Value != nil; s.Value == nil {
					delete(rows, s.Key)
				}
			}
			if fmt.Sprint(rows) != fmt.Sprint(set(tc.rows)) {
				t.Errorf("stored is %v, not %v", rows, tc.rows)
			}
			// One less than what is allowed leaves no room for somebody else.
			limits := approval.Limits{Members: tc.counts, Percent: 100, Within: w.within}
			hit := approval.Cost{Hits: []approval.Hit{{Who: "@new:x"}}}
			if w.budget.Allows(list, hit, limits, now) {
				t.Errorf("more than %d are allowed", tc.counts)
			}
			if limits.Members++; !w.budget.Allows(list, hit, limits, now) {
				t.Errorf("no more than %d were done, and count as more", tc.counts)
			}
		})
	}
}

func set(all []string) map[string]bool {
	of := map[string]bool{}
	for _, one := range all {
		of[one] = true
	}
	return of
}
