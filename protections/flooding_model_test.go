package protections

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// history is what one user did since they were let off last, by one who looks at
// everything ever received.
type history struct {
	said    []time.Time // what was counted
	taken   int         // of it, from the beginning, was handed out
	until   time.Time   // of what comes behind a ban …
	behind  id.EventID  // … for this
	ban     *action.Action
	banned  bool
	offence id.EventID
	last    time.Time // when the flood last went on
}

// Flooding finds exactly what one finds who looks at everything ever received, however
// its verdicts end and whoever is let off in between.
func TestFloodingIsItsModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		messages, within := rapid.IntRange(2, 5).Draw(rt, "messages"), 10*time.Second
		b := bench(t, messages, within)
		users := map[id.UserID]*history{"@a:hs": {}, "@b:hs": {}, "@c:hs": {}}
		for n := range rapid.IntRange(1, 80).Draw(rt, "steps") {
			b.Pass(time.Duration(rapid.IntRange(0, 4).Draw(rt, "pause")) * time.Second)
			if rapid.IntRange(0, 20).Draw(rt, "long") == 0 {
				b.Pass(kit.Trailing)
			}
			user := rapid.SampledFrom([]id.UserID{"@a:hs", "@b:hs", "@c:hs"}).Draw(rt, "user")
			h := users[user]
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				if h.ban == nil {
					break
				}
				fate := rapid.SampledFrom([]action.Fate{action.Done, action.Would, action.Refused, action.Dropped}).Draw(rt, "fate")
				b.End(*h.ban, fate)
				h.ban = nil
				switch {
				case fate == action.Done || h.banned: // as it was wanted
					h.banned, h.until = true, b.Now.Add(kit.Trailing)
				default:
					h.until = time.Time{}
				}
			case 1:
				if h.banned {
					b.Member(kittest.Owner, user, event.MembershipLeave)
					*h = history{}
				}
			default:
				want := h.says(b.Now, within, messages, id.EventID(fmt.Sprint("$", b.Sent()+1)))
				found := b.Say(user, "a")
				var got strings.Builder
				for _, f := range found {
					got.WriteString(fmt.Sprintf("%v %s %d", f.Trailing, f.Offence, len(f.Events)))
				}
				if got.String() != want {
					rt.Fatalf("step %d: %q, want %q", n, got.String(), want)
				}
				if _, bans := punish(b, found); len(bans) > 0 {
					h.ban, h.behind, h.until = &bans[0], bans[0].Cause.Event, b.Now.Add(kit.Trailing)
				}
			}
		}
	})
}

func (h *history) says(now time.Time, within time.Duration, most int, evt id.EventID) string {
	if now.Before(h.until) {
		return fmt.Sprintf("true %s 1", h.behind)
	}
	h.said = append(h.said, now)
	recent, fresh := 0, 0
	for i, at := range h.said {
		if at.After(now.Add(-within)) {
			recent++
			if i >= h.taken {
				fresh++
			}
		}
	}
	if recent <= most {
		h.offence = ""
		return ""
	}
	if h.offence == "" || now.Sub(h.last) >= within {
		h.offence = evt
	}
	h.last, h.taken = now, len(h.said)
	return fmt.Sprintf("false %s %d", h.offence, fresh)
}
