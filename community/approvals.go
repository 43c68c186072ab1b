package community

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/enforce"
	"forseti/policy"
)

// approvals is what waits for a moderator's word, and what was agreed to before.
type approvals struct {
	board    *approval.Board
	budget   *approval.Budget
	expected *approval.Expected
	within   time.Duration // the window of budgets
	details  map[string]questionDetails
	early    early
	rows     map[enforce.Slot]string           // under which a held change is stored
	previews map[id.RoomID]map[id.EventID]bool // what moderators saw of a list that is not watched yet
	agreed   map[id.RoomID]map[id.EventID]bool // of those, what they said yes to
	leaving  map[id.RoomID]string              // lists that are watched until a yes: "asked" or "rejected"
	settings *enforce.Settings                 // of the configuration, if they wait
}

func newApprovals() approvals {
	return approvals{
		board:    approval.NewBoard(),
		budget:   approval.NewBudget(),
		expected: approval.NewExpected(),
		within:   defaultWithin,
		details:  map[string]questionDetails{},
		rows:     map[enforce.Slot]string{},
		previews: map[id.RoomID]map[id.EventID]bool{},
		agreed:   map[id.RoomID]map[id.EventID]bool{},
		leaving:  map[id.RoomID]string{},
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
		h.Old, _ = policy.Parse(row.List, evt)
	}
	return h
}

// keepHeld stores what of some slots waits, and forgets what does no longer.
func (c *Community) keepHeld(slots ...enforce.Slot) {
	if len(slots) > 0 {
		touchCounted(c, time.Now())
	}
	for _, s := range slots {
		before := c.approvals.rows[s]
		h, waits := c.world.Book.Waiting(s)
		if !waits {
			if before != "" {
				c.commits.Setting(heldRules, before, nil)
				delete(c.approvals.rows, s)
				c.approvals.board.Touch(rulesOf(s.List), time.Now())
			}
			continue
		}
		key, row := rowOf(h)
		if before != "" && before != key {
			c.commits.Setting(heldRules, before, nil)
		}
		c.approvals.rows[s] = key
		c.commits.Setting(heldRules, key, row)
		c.approvals.board.Touch(rulesOf(s.List), time.Now())
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
// than the list may without a yes.
func (c *Community) consider(list id.RoomID, slots []enforce.Slot, at time.Time) {
	var keys []enforce.Key
	slots, own := c.expected(list, slots, at, &keys)
	if len(slots) == 0 {
		c.enqueue(keys, at)
		return
	}
	e := c.world.Scales.Weigh(slots...)
	switch cost := c.cost(e.Hits); {
	case c.mayFollow(list, e, own, at):
		if !own {
			c.approvals.spend(list, cost, c.limits(), at, c.commits.Setting)
		}
		keys = append(keys, c.world.Follow(slots...)...)
	case len(slots) > 1:
		// What does nothing by itself, after what went before it, need not wait.
		for _, s := range slots {
			if c.world.Scales.Weigh(s).Nothing() {
				keys = append(keys, c.world.Follow(s)...)
			}
		}
	}
	if own {
		c.enqueueAs(keys, enforce.Now, at) // a moderator asked for it
	} else {
		c.enqueue(keys, at)
	}
}

// mayFollow reports whether a change may go ahead: by itself, and with what its list
// did lately. What we wrote ourselves, a moderator ordered, and is weighed alone.
func (c *Community) mayFollow(list id.RoomID, e enforce.Effect, own bool, at time.Time) bool {
	return !c.world.Settings.Limits.Wide(e) && (own || c.affords(list, c.cost(e.Hits), at))
}

// budgetNamespace is the settings namespace of what lists took out of their budgets.
const budgetNamespace = "budget"

// spend takes a change that goes ahead out of a list's budget, and has that stored with
// it.
func (a *approvals) spend(list id.RoomID, cost approval.Cost, l approval.Limits, at time.Time, store func(namespace, key string, value any)) {
	a.budget.Spend(list, cost, l, at)
	if len(cost.Hits) > 0 {
		store(budgetNamespace, string(list), a.budget.Spent(list, l.Within, at))
	}
}

// spentBudgets is the settings namespace of lists that used their budget up: until
// when, in ms.
const spentBudgets = "spent"

// affords reports whether a cost is within a list's budget.
func (c *Community) affords(list id.RoomID, cost approval.Cost, at time.Time) bool {
	if c.approvals.budget.Allows(list, cost, c.limits(), at) {
		return true
	}
	until := at.Add(c.approvals.within)
	c.approvals.budget.Over(list, until)
	c.commits.Setting(spentBudgets, string(list), until.UnixMilli())
	return false
}

// renewBudget begins a list's budget anew.
func (c *Community) renewBudget(list id.RoomID) {
	c.approvals.budget.Forget(list)
	c.commits.Setting(spentBudgets, string(list), nil)
	c.commits.Setting(budgetNamespace, string(list), nil)
}

func (c *Community) loadBudgets(ctx context.Context) error {
	stored, err := c.store.Settings.All(ctx, spentBudgets)
	if err != nil {
		return err
	}
	for list, raw := range stored {
		var until int64
		if json.Unmarshal(raw, &until) != nil || !time.Now().Before(time.UnixMilli(until)) {
			c.commits.Setting(spentBudgets, list, nil)
			continue
		}
		c.approvals.budget.Over(id.RoomID(list), time.UnixMilli(until))
	}
	if stored, err = c.store.Settings.All(ctx, budgetNamespace); err != nil {
		return err
	}
	for list, raw := range stored {
		var spent []approval.Spent
		if json.Unmarshal(raw, &spent) == nil {
			c.approvals.budget.Load(id.RoomID(list), spent)
		}
		if len(c.approvals.budget.Spent(id.RoomID(list), c.approvals.within, time.Now())) == 0 {
			c.commits.Setting(budgetNamespace, list, nil)
		}
	}
	return nil
}

func (c *Community) limits() approval.Limits {
	l := c.world.Settings.Limits
	return approval.Limits{Members: l.Members, Percent: l.Percent, Within: c.approvals.within}
}

// weighAwoken weighs the rules that do more than when they were followed: those of a list
// as one change.
func (c *Community) weighAwoken(at time.Time) {
	byList := map[id.RoomID][]policy.Rule{}
	for _, r := range c.world.ACLs.Awoken() {
		byList[r.List] = append(byList[r.List], r)
	}
	for list, rules := range byList {
		e := c.world.Scales.WeighFollowed(rules...)
		if c.mayFollow(list, e, false, at) {
			c.approvals.budget.Spend(list, c.cost(e.Hits), c.limits(), at)
			continue
		}
		for _, r := range rules {
			if c.world.Scales.WeighFollowed(r).Nothing() {
				continue
			}
			s, keys := c.world.HoldBack(r.Event)
			c.keepHeld(s)
			c.enqueue(keys, at)
		}
	}
}

// cost is what hits take out of a list's budget.
func (c *Community) cost(hits []enforce.Hit) approval.Cost {
	cost := approval.Cost{Hits: make([]approval.Hit, len(hits)), Sizes: map[id.RoomID]int{}}
	for i, h := range hits {
		cost.Hits[i] = approval.Hit(h)
		for _, room := range h.Rooms {
			if size := c.world.Size(room); size >= enforce.SmallRoom {
				cost.Sizes[room] = size
			}
		}
	}
	return cost
}

// expected follows those of some changes that a moderator agreed to, and gives the
// rest. own is set if we wrote all of that.
func (c *Community) expected(list id.RoomID, slots []enforce.Slot, at time.Time, keys *[]enforce.Key) (rest []enforce.Slot, own bool) {
	own = true
	for _, s := range slots {
		h, waits := c.world.Book.Waiting(s)
		switch {
		case !waits:
		case c.approvals.agreed[list][h.New.Event], c.takeExpected(writeOf(h), at):
			*keys = append(*keys, c.world.Follow(s)...)
		default:
			rest = append(rest, s)
			own = own && h.New.Sender == c.self
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

// waiting is what of a list waits for an answer.
type waiting struct {
	slots []enforce.Slot
	upTo  int64          // the last turn
	first []enforce.Held // some of them, in the order in which they came
}

func (c *Community) waitingIn(list id.RoomID) (w waiting) {
	const some = 5
	for h := range c.world.Book.Held(list) {
		if h.Rejected {
			continue
		}
		w.slots = append(w.slots, h.Slot)
		w.upTo = max(w.upTo, h.Turn)
		at, _ := slices.BinarySearchFunc(w.first, h, func(a, b enforce.Held) int { return cmp.Compare(a.Turn, b.Turn) })
		if at < some {
			w.first = slices.Insert(w.first, at, h)
			w.first = w.first[:min(len(w.first), some)]
		}
	}
	return w
}

// loadHeld holds back what was held back before a restart.
func (c *Community) loadHeld(ctx context.Context) error {
	stored, err := c.store.Settings.All(ctx, heldRules)
	if err != nil {
		return err
	}
	if err := c.loadExpected(ctx); err != nil {
		return err
	}
	if err := c.loadBudgets(ctx); err != nil {
		return err
	}
	for key, raw := range stored {
		var row heldRow
		if word := ""; json.Unmarshal(raw, &word) == nil { // of version 3
			r, ok := c.world.Rules.Rule(id.EventID(key))
			if !ok {
				c.commits.Setting(heldRules, key, nil)
				continue
			}
			row = heldRow{Word: word, List: r.List, Kind: r.Kind, Key: r.StateKey, New: r.Event}
		} else if err := json.Unmarshal(raw, &row); err != nil {
			return fmt.Errorf("held change %s: %w", key, err)
		}
		h := row.held()
		if c.lists[h.List] == nil || !c.world.Restore(h) {
			c.commits.Setting(heldRules, key, nil)
			continue
		}
		c.approvals.rows[h.Slot] = key
	}
	return nil
}
