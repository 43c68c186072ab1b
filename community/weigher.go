package community

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/enforce"
	"forseti/policy"
	"forseti/store"
)

// weigher is what lists may do without a yes: it weighs what they change, holds back what
// is too much, and knows what moderators agreed to beforehand.
type weigher struct {
	world   *enforce.World
	store   *store.Settings
	commits *commits.Writer
	queue   *queue
	board   *approval.Board
	touch   func(at time.Time) // notes that lists changed: what else waits may do something else now

	budget   *approval.Budget
	expected *approval.Expected
	reviews  *approval.Reviews
	within   time.Duration                     // the window of budgets
	rows     map[enforce.Slot]string           // under which a held change is stored
	previews map[id.RoomID]map[id.EventID]bool // what moderators saw of a list that is not watched yet
	agreed   map[id.RoomID]map[id.EventID]bool // of those, what they said yes to
	// decisions are those that are being carried out: what they are about waits for nobody.
	decisions map[id.RoomID][]decision
}

func newWeigher(w *enforce.World, s *store.Settings, c *commits.Writer, q *queue, b *approval.Board) *weigher {
	return &weigher{
		world: w, store: s, commits: c, queue: q, board: b,
		budget: approval.NewBudget(), expected: approval.NewExpected(), reviews: approval.NewReviews(), within: defaultWithin,
		rows:     map[enforce.Slot]string{},
		previews: map[id.RoomID]map[id.EventID]bool{}, agreed: map[id.RoomID]map[id.EventID]bool{},
		decisions: map[id.RoomID][]decision{},
	}
}

// heldRules is the settings namespace of changes of lists that wait for a yes.
const heldRules = "held"

// The words for what waits, and for what got a no.
const (
	asked    = "asked"
	rejected = "rejected"
)

// heldRow is a held change as it is stored. Version 3 stored only its word, by the
// event of the rule that waited.
type heldRow struct {
	Word string      `json:"word"`
	Turn int64       `json:"turn"`
	List id.RoomID   `json:"list"`
	Kind policy.Kind `json:"kind"`
	Key  string      `json:"key"`
	New  id.EventID  `json:"new,omitempty"`
	Old  *keptRule   `json:"old,omitempty"`
	// Awoken is set of a rule that was followed before, and did less.
	Awoken bool `json:"awoken,omitempty"`
}

// keptRule is a rule that is followed though its list no longer has it.
type keptRule struct {
	Type           string     `json:"type"`
	Entity         string     `json:"entity,omitempty"`
	Hash           []byte     `json:"hash,omitempty"`
	Recommendation string     `json:"recommendation"`
	Reason         string     `json:"reason,omitempty"`
	Event          id.EventID `json:"event"`
	Sender         id.UserID  `json:"sender,omitempty"`
	Timestamp      int64      `json:"timestamp,omitempty"`
}

func rowOf(h enforce.Held) (key string, row heldRow) {
	row = heldRow{Word: asked, Turn: h.Turn, List: h.List, Kind: h.Kind, Key: h.Slot.Key, New: h.New.Event, Awoken: h.Awoken}
	if h.Rejected {
		row.Word = rejected
	}
	if r := h.Old; r.Event != "" {
		row.Old = &keptRule{r.Type, r.Entity, []byte(r.Hash), r.RawRecommendation, r.Reason, r.Event, r.Sender, r.Timestamp}
	}
	if key = string(h.New.Event); key == "" {
		key = "gone " + string(h.Old.Event)
	}
	return key, row
}

// held gives back what was stored.
func (row heldRow) held() enforce.Held {
	h := enforce.Held{
		Slot: enforce.Slot{List: row.List, Kind: row.Kind, Key: row.Key}, Turn: row.Turn, Rejected: row.Word == rejected, Awoken: row.Awoken,
		New: policy.Rule{Event: row.New},
	}
	if k := row.Old; k != nil {
		content := map[string]any{"recommendation": k.Recommendation, "reason": k.Reason}
		if len(k.Hash) > 0 {
			content["hashes"] = map[string]any{"sha256": k.Hash} // which JSON writes in base64
		} else {
			content["entity"] = k.Entity
		}
		raw, _ := json.Marshal(content) // strings always marshal
		evt := stateEvent(row.List, k.Type, row.Key, k.Sender, k.Event, raw)
		evt.Timestamp = k.Timestamp
		policy.Stood([]*event.Event{evt}, time.Now())
		h.Old, _ = policy.Parse(row.List, evt)
	}
	return h
}

// keepHeld stores what of some slots waits, and forgets what does no longer.
func (w *weigher) keepHeld(slots ...enforce.Slot) {
	if len(slots) > 0 {
		w.touch(time.Now())
	}
	for _, s := range slots {
		before := w.rows[s]
		h, waits := w.world.Book.Waiting(s)
		if !waits {
			if before != "" {
				w.commits.Setting(heldRules, before, nil)
				delete(w.rows, s)
				_, open := w.board.Of(rulesOf(s.List))
				w.ask(s.List, !open && w.world.Book.Reviewed(s.List), time.Now())
			}
			continue
		}
		key, row := rowOf(h)
		if before != "" && before != key {
			w.commits.Setting(heldRules, before, nil)
		}
		w.rows[s] = key
		w.commits.Setting(heldRules, key, row)
		w.ask(s.List, enforce.OnlyReviewed(w.world, &h), time.Now())
	}
}

func rulesOf(list id.RoomID) approval.Topic {
	return approval.Topic{Kind: approval.Rules, About: string(list)}
}

// slotsOf are the slots that a change of lists is about.
func slotsOf(d policy.Delta) []enforce.Slot {
	var slots []enforce.Slot
	for _, rules := range [][]policy.Rule{d.Removed, d.Added} {
		for _, r := range rules {
			slots = append(slots, enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey})
		}
	}
	return slots
}

// consider has a list's changes followed, or holds them back if they would do more
// than the list may without a yes. own is set if we wrote all of them.
func (w *weigher) consider(list id.RoomID, slots []enforce.Slot, own bool, at time.Time) {
	var keys []enforce.Key
	slots = w.review(list, slots, at)
	e := w.world.Scales.Weigh(slots...)
	switch cost := w.cost(e.Hits); {
	case w.mayFollow(list, e, cost, own, at):
		if !own {
			w.spend(list, cost, at)
		}
		keys = append(keys, w.world.Follow(slots...)...)
	case len(slots) > 1:
		// What does nothing by itself, after what went before it, need not wait.
		for _, s := range slots {
			if w.world.Scales.Weigh(s).Nothing() {
				keys = append(keys, w.world.Follow(s)...)
			}
		}
	}
	if own {
		w.queue.enqueueAs(keys, enforce.Now, at) // a moderator asked for it
	} else {
		w.queue.enqueue(keys, at)
	}
}

// mayFollow reports whether a change may go ahead: by itself, and with what its list
// did lately. What we wrote ourselves, a moderator ordered, and is weighed alone.
func (w *weigher) mayFollow(list id.RoomID, e enforce.Effect, cost approval.Cost, own bool, at time.Time) bool {
	return !w.world.Settings.Limits.Wide(e) && (own || w.affords(list, cost, at))
}

// budgetNamespace is the settings namespace of what lists took out of their budgets: a row
// for each whom they hit, so that what is stored for one more does not grow with how many
// there were before.
const budgetNamespace = "budget"

func budgetKey(s approval.Stored) string { return string(s.List) + " " + s.Who }

// spend takes a change that goes ahead out of a list's budget, and has that stored with
// it.
func (w *weigher) spend(list id.RoomID, cost approval.Cost, at time.Time) {
	for _, s := range w.budget.Spend(list, cost, w.limits(), at) {
		w.commits.Setting(budgetNamespace, budgetKey(s), s.Spent)
	}
	w.dropEnded()
}

// dropEnded drops what is stored of budgets and does not count any more.
func (w *weigher) dropEnded() {
	for _, s := range w.budget.Ended() {
		w.commits.Setting(budgetNamespace, budgetKey(s), nil)
	}
}

// spentBudgets is the settings namespace of lists that used their budget up: until
// when, in ms.
const spentBudgets = "spent"

// affords reports whether a cost is within a list's budget.
func (w *weigher) affords(list id.RoomID, cost approval.Cost, at time.Time) bool {
	if w.budget.Allows(list, cost, w.limits(), at) {
		return true
	}
	until := at.Add(w.within)
	w.budget.Over(list, until)
	w.commits.Setting(spentBudgets, string(list), until.UnixMilli())
	return false
}

// renewBudget begins a list's budget anew.
func (w *weigher) renewBudget(list id.RoomID) {
	w.budget.Forget(list)
	w.commits.Setting(spentBudgets, string(list), nil)
	w.dropEnded()
}

func (w *weigher) loadBudgets(ctx context.Context) error {
	stored, err := w.store.All(ctx, spentBudgets)
	if err != nil {
		return err
	}
	for list, raw := range stored {
		var until int64
		if json.Unmarshal(raw, &until) != nil || !time.Now().Before(time.UnixMilli(until)) {
			w.commits.Setting(spentBudgets, list, nil)
			continue
		}
		w.budget.Over(id.RoomID(list), time.UnixMilli(until))
	}
	if stored, err = w.store.All(ctx, budgetNamespace); err != nil {
		return err
	}
	for key, raw := range stored {
		w.loadSpent(key, raw, time.Now())
	}
	return nil
}

// loadSpent takes up what is stored of a budget, unless it is over.
func (w *weigher) loadSpent(key string, raw json.RawMessage, now time.Time) {
	list, _, each := strings.Cut(key, " ")
	if !each { // as it was stored before: all of a list in one row
		var all []approval.Spent
		_ = json.Unmarshal(raw, &all) // what cannot be read is as good as over
		for _, s := range all {
			w.budget.Load(id.RoomID(list), s)
			w.commits.Setting(budgetNamespace, budgetKey(approval.Stored{List: id.RoomID(list), Spent: s}), s)
		}
		w.commits.Setting(budgetNamespace, key, nil)
		return
	}
	var s approval.Spent
	if json.Unmarshal(raw, &s) != nil || now.Sub(time.UnixMilli(s.At)) >= w.within {
		w.commits.Setting(budgetNamespace, key, nil)
		return
	}
	w.budget.Load(id.RoomID(list), s)
}

func (w *weigher) limits() approval.Limits {
	l := w.world.Settings.Limits
	return approval.Limits{Members: l.Members, Percent: l.Percent, Within: w.within}
}

// weighAwoken weighs the rules that do more than when they were followed: those of a list
// as one change.
func (w *weigher) weighAwoken(at time.Time) {
	byList := map[id.RoomID][]policy.Rule{}
	for _, r := range w.world.ACLs.Awoken() {
		byList[r.List] = append(byList[r.List], r)
	}
	for list, rules := range byList {
		e := w.world.Scales.WeighFollowed(rules...)
		if cost := w.cost(e.Hits); w.mayFollow(list, e, cost, false, at) {
			w.spend(list, cost, at)
			continue
		}
		for _, r := range rules {
			if w.world.Scales.WeighFollowed(r).Nothing() {
				continue
			}
			s, keys := w.world.HoldBack(r.Event)
			w.keepHeld(s)
			w.queue.enqueue(keys, at)
		}
	}
}

// cost is what hits take out of a list's budget.
func (w *weigher) cost(hits []enforce.Hit) approval.Cost {
	cost := approval.Cost{Hits: make([]approval.Hit, len(hits)), Sizes: map[id.RoomID]int{}}
	for i, h := range hits {
		cost.Hits[i] = approval.Hit(h)
		for _, room := range h.Rooms {
			if size := w.world.Size(room); size >= enforce.SmallRoom {
				cost.Sizes[room] = size
			}
		}
	}
	return cost
}

// expected follows those of some changes that a moderator agreed to, and gives the
// rest. own is set if we wrote all of that.
func (w *weigher) ordered(list id.RoomID, slots []enforce.Slot, at time.Time, keys *[]enforce.Key) (rest []enforce.Slot, own bool) {
	own = true
	for _, s := range slots {
		h, waits := w.world.Book.Waiting(s)
		switch {
		case !waits:
		case w.agreed[list][h.New.Event], w.takeExpected(writeOf(h), at):
			*keys = append(*keys, w.world.Follow(s)...)
		default:
			rest = append(rest, s)
			own = own && h.New.Sender == w.world.Self()
		}
	}
	return rest, own
}

// writeOf is what we would have sent to make a change.
func writeOf(h enforce.Held) approval.Write {
	if r := h.New; r.Event != "" {
		return approval.Write{List: h.List, Type: r.Type, Key: r.StateKey, Content: r.Entity + " " + r.RawRecommendation}
	}
	return approval.Write{List: h.List, Type: h.Old.Type, Key: h.Old.StateKey}
}

// written is the write that an event would be.
func written(list id.RoomID, evt *event.Event) approval.Write {
	w := approval.Write{List: list, Type: evt.Type.Type, Key: evt.GetStateKey()}
	if r, ok := policy.Parse(list, evt); ok {
		w.Content = r.Entity + " " + r.RawRecommendation
	}
	return w
}

// loadHeld holds back what was held back before a restart.
func (w *weigher) loadHeld(ctx context.Context, watched func(list id.RoomID) bool) error {
	stored, err := w.store.All(ctx, heldRules)
	if err != nil {
		return err
	}
	if err := w.loadExpected(ctx); err != nil {
		return err
	}
	if err := errors.Join(w.loadBudgets(ctx), w.loadReviews(ctx)); err != nil {
		return err
	}
	for key, raw := range stored {
		var row heldRow
		if word := ""; json.Unmarshal(raw, &word) == nil { // of version 3
			r, ok := w.world.Rules.Rule(id.EventID(key))
			if !ok {
				w.commits.Setting(heldRules, key, nil)
				continue
			}
			row = heldRow{Word: word, List: r.List, Kind: r.Kind, Key: r.StateKey, New: r.Event}
		} else if err := json.Unmarshal(raw, &row); err != nil {
			return fmt.Errorf("held change %s: %w", key, err)
		}
		h := row.held()
		if !watched(h.List) || !w.world.Restore(h) {
			w.commits.Setting(heldRules, key, nil)
			continue
		}
		w.rows[h.Slot] = key
	}
	return w.loadDecided(ctx, time.Now())
}

// waiting is what of a list waits for an answer.
type waiting struct {
	slots []enforce.Slot
	upTo  int64          // the last turn
	first []enforce.Held // some of them, in the order in which they came
}

func (w *weigher) waitingIn(list id.RoomID) (all waiting) {
	const some = 5
	for h := range w.world.Book.Held(list) {
		if h.Rejected || slices.ContainsFunc(w.decisions[list], func(d decision) bool { return d.covers(h) }) {
			continue
		}
		all.slots = append(all.slots, h.Slot)
		all.upTo = max(all.upTo, h.Turn)
		if n := len(all.first); n == some && h.Turn > all.first[n-1].Turn {
			continue
		}
		at, _ := slices.BinarySearchFunc(all.first, *h, func(a, b enforce.Held) int { return cmp.Compare(a.Turn, b.Turn) })
		if at < some {
			all.first = slices.Insert(all.first, at, *h)
			all.first = all.first[:min(len(all.first), some)]
		}
	}
	return all
}
