package community

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/enforce"
	"forseti/text"
)

// reviewedLists is the settings namespace of lists of which what is new waits for a yes: when they were last asked
// about, in ms.
const reviewedLists = "reviewed"

// review has what is new in a list that is reviewed wait, and what it took the place of end, unless that would free many.
// It gives the changes that are to be weighed.
func (w *weigher) review(list id.RoomID, slots []enforce.Slot, at time.Time) (weighed []enforce.Slot) {
	weighed, waits := enforce.Review(w.world, slots)
	if len(waits) == 0 {
		return slots
	}
	var replaced []enforce.Slot
	for _, s := range waits {
		if h, _ := w.world.Book.Waiting(s); h.Old.Event != "" {
			replaced = append(replaced, s)
		}
	}
	if len(replaced) > 0 && len(replaced) <= readingPart { // of more the owner does not end at once, and they are asked about with what is new
		e := enforce.WeighGone(w.world, replaced)
		if cost := w.cost(e.Hits); w.mayFollow(list, e, cost, false, at) {
			w.spend(list, cost, at)
			w.queue.enqueue(enforce.LetGo(w.world, replaced), at)
		}
	}
	w.reviews.Came(list, len(waits), at)
	return weighed
}

// ask has moderators asked about a list: when it is its turn, if all that is news of it waits to be reviewed.
func (w *weigher) ask(list id.RoomID, reviewed bool, now time.Time) {
	_, open := w.board.Of(rulesOf(list))
	switch {
	case !reviewed:
		w.board.Touch(rulesOf(list), now)
	case open:
		w.board.TouchFor(rulesOf(list), now, w.reviews.Edit(list, now))
	default:
		w.board.TouchFor(rulesOf(list), now, w.reviews.Due(list, now))
	}
}

// askAgain has moderators asked about whatever of a list waits.
func (w *weigher) askAgain(list id.RoomID, now time.Time) {
	_, open := w.board.Of(rulesOf(list))
	w.ask(list, !open && w.onlyReviews(list), now)
}

// onlyReviews reports whether all that waits of a list does so for it is reviewed.
func (w *weigher) onlyReviews(list id.RoomID) bool {
	if !w.world.Book.Reviewed(list) {
		return false
	}
	for h := range w.world.Book.Held(list) {
		if !h.Rejected && !enforce.OnlyReviewed(w.world, h) {
			return false
		}
	}
	return true
}

// askedAbout notes that moderators were asked about a list.
func (w *weigher) askedAbout(t approval.Topic, now time.Time) {
	if list := id.RoomID(t.About); t.Kind == approval.Rules && w.world.Book.Reviewed(list) {
		w.reviews.Asked(list, now)
		w.commits.Setting(reviewedLists, t.About, now.UnixMilli())
	}
}

// anew reports whether an open question about a list that is reviewed gives way to another message: more has come since it
// was posted, up to a turn, and it is its turn again. An edit would ring nobody.
func (w *weigher) anew(q approval.Question, upTo int64, now time.Time) bool {
	list := id.RoomID(q.Topic.About)
	if q.Topic.Kind != approval.Rules || !w.world.Book.Reviewed(list) || w.reviews.Due(list, now).After(now) {
		return false
	}
	shown := w.board.ShownOf(q.Topic)
	return len(shown) > 0 && upTo > shown[0].UpTo
}

// loadReviews takes up when lists were asked about.
func (w *weigher) loadReviews(ctx context.Context) error {
	stored, err := w.store.All(ctx, reviewedLists)
	for list, raw := range stored {
		var at int64
		if json.Unmarshal(raw, &at) != nil || !w.world.Book.Reviewed(id.RoomID(list)) {
			w.commits.Setting(reviewedLists, list, nil)
			continue
		}
		w.reviews.Asked(id.RoomID(list), time.UnixMilli(at))
	}
	return err
}

// setReviewed says whether what is new in a list waits for a yes. What waited for that alone is weighed, if it need not.
func (f *following) setReviewed(list id.RoomID, on bool) {
	was := f.world.Book.Reviewed(list)
	free := enforce.SetReviewed(f.world, list, on)
	if on || !was {
		return
	}
	f.weigher.reviews.Forget(list)
	f.weigher.commits.Setting(reviewedLists, string(list), nil)
	if len(free) > 0 && f.lists[list] != nil {
		f.later(list, free, false)
	}
}

// reviewQuestion asks about what is new in a list that is reviewed.
func (t *topics) reviewQuestion(list id.RoomID, w waiting) string {
	what, all := text.Count(len(w.slots), "rule"), ""
	if len(w.slots) > len(w.first) {
		all = fmt.Sprintf(" %s shows all.", text.Code("!forseti rules "+string(list)))
	}
	return fmt.Sprintf("**%s of the list %s %s for your word**: %s.%s To follow %s would %s.\n\nShall I? Until then %s no effect.",
		what, t.names.List(list), text.Pick(len(w.slots), "waits", "wait"), named(w), all, text.Pick(len(w.slots), "it", "them"),
		effectText(t.world.Scales.Weigh(w.slots...)), text.Pick(len(w.slots), "it has", "they have"))
}

// named are the first of what waits, and how many more there are.
func named(w waiting) string {
	var shown []string
	for _, h := range w.first {
		r := h.New
		if r.Event == "" {
			r = h.Old
		}
		shown = append(shown, ruleName(r))
	}
	if more := len(w.slots) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return text.And(shown)
}
