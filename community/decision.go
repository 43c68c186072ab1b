package community

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/enforce"
	"forseti/policy"
)

// mark stands for a change, whenever it is made.
type mark [sha256.Size]byte

func markOf(h enforce.Held) mark {
	said := func(r policy.Rule) string { return fmt.Sprintf("%q %q %q", r.Entity, r.Hash, r.RawRecommendation) }
	return sha256.Sum256(fmt.Appendf(nil, "%q %d %q %s %s", h.List, h.Kind, h.Slot.Key, said(h.Old), said(h.New)))
}

// MarshalText and UnmarshalText are for what is stored.
func (m mark) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, m[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *mark) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(m) {
		return fmt.Errorf("a mark of %d letters", len(text))
	}
	_, err := hex.Decode(m[:], text)
	return err
}

// decision is what a moderator said about what waits in a list: up to which turn it came,
// and what is the same though it came later.
type decision struct {
	UpTo     int64         `json:"up_to"`
	Marks    map[mark]bool `json:"marks,omitempty"`
	Rejected bool          `json:"rejected,omitempty"` // it is about what got a no before
	No       bool          `json:"no,omitempty"`
}

func (d decision) covers(h *enforce.Held) bool {
	return h.Rejected == d.Rejected && (h.Turn <= d.UpTo || len(d.Marks) > 0 && d.Marks[markOf(*h)])
}

// decidedRules is the settings namespace of decisions that are not carried out to the end.
const decidedRules = "decided"

type decidedRow struct {
	List     id.RoomID `json:"list"`
	Decision decision  `json:"decision"`
}

func decidedKey(list id.RoomID, d decision) string {
	return fmt.Sprintf("%s %d %t", list, d.UpTo, d.Rejected)
}

// covered are the changes that a decision is about.
func (w *weigher) covered(list id.RoomID, d decision) (slots []enforce.Slot) {
	for h := range w.world.Book.Held(list) {
		if d.covers(h) {
			slots = append(slots, h.Slot)
		}
	}
	return slots
}

// any reports whether a decision is about anything that waits.
func (w *weigher) any(list id.RoomID, d decision) bool {
	for h := range w.world.Book.Held(list) {
		if d.covers(h) {
			return true
		}
	}
	return false
}

// carryOut does at once what was decided.
func (w *weigher) carryOut(d decision, slots []enforce.Slot, at time.Time) {
	if d.No {
		w.queue.enqueue(w.world.Reject(slots...), at)
	} else {
		w.queue.enqueue(w.world.Follow(slots...), at)
	}
	w.keepHeld(slots...)
}

// decides notes a decision that is not carried out at once: what it is about does not wait
// any more. It is stored with what answered the question.
func (w *weigher) decides(list id.RoomID, d decision) {
	w.decisions[list] = append(w.decisions[list], d)
	w.commits.Setting(decidedRules, decidedKey(list, d), decidedRow{list, d})
}

// decided notes that a decision was carried out.
func (w *weigher) decided(list id.RoomID, d decision) {
	w.decisions[list] = slices.DeleteFunc(w.decisions[list], func(other decision) bool {
		return decidedKey(list, other) == decidedKey(list, d)
	})
	if len(w.decisions[list]) == 0 {
		delete(w.decisions, list)
	}
	w.commits.Setting(decidedRules, decidedKey(list, d), nil)
	w.askAgain(list, time.Now())
}

// loadDecided carries out what was decided before a crash.
func (w *weigher) loadDecided(ctx context.Context, at time.Time) error {
	stored, err := w.store.All(ctx, decidedRules)
	if err != nil {
		return err
	}
	for key, raw := range stored {
		var row decidedRow
		if json.Unmarshal(raw, &row) == nil {
			w.carryOut(row.Decision, w.covered(row.List, row.Decision), at)
		}
		w.commits.Setting(decidedRules, key, nil)
	}
	return nil
}
