package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/policy"
)

// expectedWrites is the settings namespace of what moderators agreed to and that has
// not come back to us.
const expectedWrites = "expected"

type expectedRow struct {
	Write approval.Write `json:"write"`
	At    int64          `json:"at"` // ms
}

// agreements are what moderators agree to before it is written.
type agreements struct {
	loop    *loop.Loop
	commits *commits.Writer
	weigher *weigher
}

// expect notes that a moderator knows what a write does: it is not asked about when
// it comes back, also if that is after a restart.
func (as *agreements) expect(ctx context.Context, w approval.Write) error {
	as.loop.See(func() {
		now := time.Now()
		as.weigher.expected.Add(w, now)
		as.commits.Setting(expectedWrites, writeKey(w), expectedRow{w, now.UnixMilli()})
	})
	return as.commits.Flush(ctx)
}

// takeExpected reports whether a write was expected, which it is no longer.
func (w *weigher) takeExpected(write approval.Write, at time.Time) bool {
	ok := w.expected.Take(write, at)
	if ok {
		w.commits.Setting(expectedWrites, writeKey(write), nil)
	}
	return ok
}

// unexpect forgets a write that has come, or that failed.
func (w *weigher) unexpect(write approval.Write) { w.takeExpected(write, time.Now()) }

func writeKey(w approval.Write) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", w.List, w.Type, w.Key, w.Content))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// loadExpected takes up what was expected before a restart.
func (w *weigher) loadExpected(ctx context.Context) error {
	stored, err := w.store.All(ctx, expectedWrites)
	if err != nil {
		return err
	}
	for key, raw := range stored {
		var row expectedRow
		if json.Unmarshal(raw, &row) != nil || !w.expected.AddSince(row.Write, time.UnixMilli(row.At), time.Now()) {
			w.commits.Setting(expectedWrites, key, nil)
		}
	}
	return nil
}

// agreeToWatch keeps what a moderator is shown of a list that is not watched yet.
// Once they agree, that is followed when the list is read, and what the list's owner
// added in between is weighed like any other change.
func (w *weigher) agreeToWatch(list id.RoomID, rules []policy.Rule, confirmed bool) {
	seen := w.previews[list]
	if seen == nil || !confirmed {
		seen = map[id.EventID]bool{}
		for _, r := range rules {
			seen[r.Event] = true
		}
	}
	if !confirmed {
		w.previews[list] = seen
		return
	}
	delete(w.previews, list)
	w.agreed[list] = seen
}
