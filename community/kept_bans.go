package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
	"forseti/store"
)

// keepBans makes bans that rules made those of a moderator, so that they stay when the rules
// go. Those that other rules hold as well stay theirs.
func (w *ruleWrites) keepBans(ctx context.Context, by run, c commands.Change) error {
	var kept []enforce.Made
	w.loop.See(func() {
		world := w.intake.world
		var rules []policy.Rule
		for evt := range strings.FieldsSeq(c.Value) {
			if r, ok := world.Rules.Rule(id.EventID(evt)); ok && r.List == c.Room {
				rules = append(rules, r)
			}
		}
		freed := map[id.UserID]bool{}
		for _, u := range world.Scales.Preview(nil, rules).Freed {
			freed[u] = true
		}
		for _, made := range world.Bans.ByRules() {
			room := world.Room(made.Room)
			if room == nil || !freed[made.User] {
				continue
			}
			if m, _ := room.Member(made.User); m.Membership == event.MembershipBan && m.Sender == w.self {
				made.Event = m.Event
				kept = append(kept, made)
			}
		}
	})
	cause := action.Cause{Kind: action.ByModerator, Moderator: c.User, Event: by.command}
	for some := range slices.Chunk(kept, readingPart) {
		for _, made := range some {
			// It is in the journal that the ban is theirs: that is where a restart looks.
			sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s", by.command, made.Room, made.User))
			a := action.Action{ID: "kept-" + base64.RawURLEncoding.EncodeToString(sum[:15]), Verb: action.Ban, Room: made.Room, User: made.User, Cause: cause}
			if _, err := w.actions.journal.Begin(ctx, a); errors.Is(err, store.ErrNotOpen) {
				continue
			} else if err != nil {
				return err
			}
			if err := w.actions.journal.Settle(ctx, a.ID, action.Outcome{Done: true, Event: made.Event}); err != nil {
				return err
			}
		}
		w.loop.See(func() {
			for _, made := range some {
				w.intake.world.Bans.Set(made.Room, made.User, enforce.Ban{Event: made.Event, Cause: cause})
			}
		})
	}
	return nil
}
