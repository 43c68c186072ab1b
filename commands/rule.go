package commands

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// ruleContent is a rule as it is written. A hash stands there under both names that it has:
// that of MSC4205, which others read, and the one that it is to have.
func ruleContent(r policy.Rule) map[string]any {
	content := map[string]any{"recommendation": written(r.Recommendation), "reason": r.Reason}
	if r.Hash != "" {
		hashes := map[string]any{"sha256": base64.StdEncoding.EncodeToString([]byte(r.Hash))}
		content["hashes"], content["org.matrix.msc4205.hashes"] = hashes, hashes
	} else {
		content["entity"] = r.Entity
	}
	if r.Until > 0 {
		content[policy.UntilKey] = r.Until
	}
	return content
}

func written(r policy.Recommendation) string {
	switch r {
	case policy.Takedown:
		return "org.matrix.msc4204.takedown" // until MSC4204 is accepted
	case policy.Exempt:
		return "fi.mau.meowlnir.unban"
	default:
		return "m.ban"
	}
}

// ruleKey is the state key that Draupnir and Meowlnir would use too.
func ruleKey(r policy.Rule) string {
	sum := sha256.Sum256([]byte(r.Entity + r.Hash + written(r.Recommendation)))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func ruleEvent(verb action.Verb, list id.RoomID, kind, key string, content map[string]any) action.Action {
	raw := json.RawMessage("{}")
	if content != nil {
		raw, _ = json.Marshal(content) // of strings and numbers, which always works
	}
	return action.Action{Verb: verb, Room: list, State: &action.State{
		Type: event.Type{Type: kind, Class: event.StateEventType}, Key: key, Content: raw,
	}}
}

// UserRule writes a rule that bans a user, for a takedown if that is wanted.
func UserRule(list id.RoomID, u id.UserID, reason string, takedown bool) action.Action {
	r := policy.Rule{List: list, Kind: policy.User, Entity: string(u), Recommendation: policy.Ban, Reason: reason}
	if takedown {
		r.Recommendation = policy.Takedown
	}
	return writeRule(r, ruleKey(r))
}
