package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
)

// Rules gives the rules of one list, or of all for "".
func (k *desk) Rules(list id.RoomID) (all []policy.Rule) {
	k.see(func() {
		for r := range k.c.world.Rules.Rules(list) {
			all = append(all, r)
		}
	})
	return all
}

// Matching gives the rules that match an entity, save those that moderators said
// no to: they hold nobody.
func (k *desk) Matching(kind policy.Kind, entity string) (rules []policy.Rule) {
	k.see(func() {
		rules = slices.DeleteFunc(k.c.world.Rules.Matching(kind, entity), func(r policy.Rule) bool {
			h, waits := k.c.world.Waiting(enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey})
			return waits && h.Rejected && h.New.Event == r.Event
		})
	})
	return rules
}

// MatchedMembers gives those present whom a rule bans, or would if it could.
func (k *desk) MatchedMembers() map[id.UserID]policy.Rule {
	found := map[id.UserID]policy.Rule{}
	k.see(func() {
		for _, room := range k.c.world.Rooms() {
			for u, m := range room.Members() {
				if !m.Present() {
					continue
				}
				if r, ban := k.c.world.Desired(u); ban {
					found[u] = r
				}
			}
		}
	})
	return found
}

// Reach says what a rule would do.
func (k *desk) Reach(r commands.NewRule) (reach commands.Reach) {
	k.see(func() {
		reach = k.c.reach(k.c.world.Preview([]policy.Rule{{Kind: r.Kind, Entity: r.Entity, Recommendation: r.Recommendation}}, nil))
	})
	return reach
}

// AddRule writes a rule into a list, and takes it in at once.
func (k *desk) AddRule(ctx context.Context, ref commands.Ref, r commands.NewRule, confirmed bool) (commands.List, id.EventID, error) {
	list, err := k.findList(ctx, ref)
	if err != nil {
		return commands.List{}, "", err
	}
	stateKey := stateKeyOf(r)
	var refusal string
	k.see(func() {
		l := k.c.lists[list.ID]
		if l == nil {
			refusal = "it is not watched any more"
			return
		}
		refusal = l.CanSetState(k.c.self, ruleType(r.Kind)).String()
		for old := range k.c.world.Rules.Rules(list.ID) {
			if old.Kind == r.Kind && old.Entity == r.Entity {
				stateKey = old.StateKey // an edit, not a second rule
			}
		}
	})
	if refusal != "" {
		return list, "", refuse("I cannot write to that list: %s", refusal)
	}
	content, err := json.Marshal(ruleContent(r))
	if err != nil {
		return list, "", err
	}
	evt, err := k.writeRule(ctx, list.ID, ruleType(r.Kind), stateKey, content, policy.Rule{Kind: r.Kind, Entity: r.Entity, Recommendation: r.Recommendation}, confirmed)
	return list, evt, err
}

func ruleContent(r commands.NewRule) map[string]string {
	recommendation := "m.ban"
	switch r.Recommendation {
	case policy.Takedown:
		recommendation = "org.matrix.msc4204.takedown" // until MSC4204 is accepted
	case policy.Exempt:
		recommendation = "fi.mau.meowlnir.unban"
	}
	return map[string]string{"entity": r.Entity, "recommendation": recommendation, "reason": r.Reason}
}

// stateKeyOf is the state key that Draupnir and Meowlnir would use too.
func stateKeyOf(r commands.NewRule) string {
	sum := sha256.Sum256([]byte(r.Entity + ruleContent(r)["recommendation"]))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// writeRule sends a rule, or a blank in place of one, and takes it in without
// waiting for its echo. sure is set if a moderator knows what it does.
func (k *desk) writeRule(ctx context.Context, list id.RoomID, kind, key string, content json.RawMessage, r policy.Rule, sure bool) (id.EventID, error) {
	write := written(list, stateEvent(list, kind, key, k.c.self, "", content))
	if sure {
		if err := k.expect(ctx, write); err != nil {
			return "", err
		}
	}
	verb := action.WriteRule
	if string(content) == "{}" {
		verb = action.RemoveRule
	}
	sent, err := k.act(ctx, action.Action{Verb: verb, Room: list, State: &action.State{
		Type: event.Type{Type: kind, Class: event.StateEventType}, Key: key, Content: content,
	}})
	if err != nil {
		k.see(func() { k.c.unexpect(write) })
		return "", wrapped("write the rule", err)
	}
	k.see(func() {
		l := k.c.lists[list]
		if l == nil {
			return
		}
		now := time.Now()
		server := r.Kind == policy.Server
		if server {
			lets := verb == action.RemoveRule || r.Recommendation == policy.Allow
			k.c.report.Server(k.order.Event, r.Entity, lets, now)
		}
		// What follows from it follows from this command, and not from the rule that it replaces.
		k.c.report.Following(k.order.Event, now)
		defer k.c.report.Following("", now)
		k.c.report.Rule(k.order.Event, sent.Event, now)
		if evt := stateEvent(list, kind, key, k.c.self, sent.Event, content); k.c.ahead.wrote(evt, now) {
			k.c.takeState(evt, now, roles{list: l}, &k.c.extra)
		}
		k.c.acls.asked = k.c.acls.asked || server
	})
	return sent.Event, nil
}

// RemoveRules blanks rules, and whatever an older event type would bring back in
// their place.
func (k *desk) RemoveRules(ctx context.Context, rules []policy.Rule) error {
	var left []string
	var last error
	for _, r := range rules {
		// Three event types can hold a rule of the same key.
		for range 3 {
			var now policy.Rule
			found := false
			k.see(func() {
				for other := range k.c.world.Rules.Rules(r.List) {
					if other.Kind == r.Kind && other.StateKey == r.StateKey && other.Entity == r.Entity && other.Hash == r.Hash {
						now, found = other, true
					}
				}
			})
			if !found {
				break
			}
			if _, err := k.writeRule(ctx, now.List, now.Type, now.StateKey, json.RawMessage("{}"), now, true); err != nil {
				left, last = append(left, ruleName(r)), err
				break
			}
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("could not remove %s: %w", strings.Join(left, ", "), last)
	}
	return nil
}

// FindMembers gives who matches and is present, by room.
func (k *desk) FindMembers(glob string, room id.RoomID) map[id.RoomID][]id.UserID {
	found := map[id.RoomID][]id.UserID{}
	rule := policy.Rule{Kind: policy.User, Entity: glob}
	k.see(func() {
		for u := range k.c.world.Subjects().Affected(rule) {
			if u == k.c.self {
				continue
			}
			for in, r := range k.c.world.Rooms() {
				if (room == "" || room == in) && r.Present(u) {
					found[in] = append(found[in], u)
				}
			}
		}
	})
	return found
}
