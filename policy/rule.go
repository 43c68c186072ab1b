package policy

import (
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"maps"
	"strconv"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/glob"
	"forseti/wire"
)

// Kind is what a rule is about.
type Kind uint8

const (
	User Kind = iota
	Server
	RoomKind
	kinds
)

func (k Kind) String() string {
	switch k {
	case User:
		return "user"
	case Server:
		return "server"
	case RoomKind:
		return "room"
	default:
		return "unknown"
	}
}

// Recommendation is what a list asks its readers to do.
type Recommendation uint8

const (
	Unknown  Recommendation = iota // shown, never acted on
	Allow                          // shown, never acted on: Mjolnir makes an ACL's allow list of it, and a ban beats it
	Ban                            // m.ban
	Takedown                       // MSC4204
	Exempt                         // frees whom it matches, if its list may: see [Index.SetExempting]
)

func (r Recommendation) String() string {
	switch r {
	case Ban:
		return "ban"
	case Takedown:
		return "takedown"
	case Allow:
		return "allow"
	case Exempt:
		return "exempt"
	default:
		return "unknown"
	}
}

var recommendations = map[string]Recommendation{
	"m.ban":                       Ban,
	"org.matrix.mjolnir.ban":      Ban,
	"m.takedown":                  Takedown,
	"org.matrix.msc4204.takedown": Takedown,
	"org.matrix.mjolnir.allow":    Allow,
	"fi.mau.meowlnir.unban":       Exempt,
}

// ruleType names one event type of rules. age is 0 for the specified name; older names are shadowed by newer ones.
type ruleType struct {
	name string
	kind Kind
	age  uint8
}

var ruleTypes = func() map[string]ruleType {
	types := make(map[string]ruleType)
	for age, prefix := range []string{"m.policy.rule.", "m.room.rule.", "org.matrix.mjolnir.rule."} {
		for kind := range kinds {
			name := prefix + kind.String()
			types[name] = ruleType{name, kind, uint8(age)}
		}
	}
	return types
}()

// typeNames gives the event type of a kind and age.
var typeNames = func() (names [kinds][3]string) {
	for name, t := range ruleTypes {
		names[t.kind][t.age] = name
	}
	return names
}()

// IsRuleType tells whether t is an event type of rules, the legacy names included.
func IsRuleType(t string) bool {
	_, ok := ruleTypes[t]
	return ok
}

// RuleTypes are the event types of rules, the legacy names included.
func RuleTypes() iter.Seq[string] { return maps.Keys(ruleTypes) }

// KindOf gives the kind of rule that an event type holds.
func KindOf(eventType string) (Kind, bool) {
	t, ok := ruleTypes[eventType]
	return t.kind, ok
}

// Rule is one rule of one list. Rules are comparable with ==.
type Rule struct {
	Kind              Kind
	Entity            string // as written; "" for a hashed rule
	Hash              string // SHA-256 as 32 raw bytes, "" if the entity is written out
	Recommendation    Recommendation
	RawRecommendation string // as written
	Reason            string
	List              id.RoomID
	Type              string // event type, which may be a legacy one
	StateKey          string
	Event             id.EventID
	Sender            id.UserID
	Timestamp         int64 // origin_server_ts in ms: the sender's claim, not a time to rely on, but never ahead: see [Arrived]
	Until             int64 // when its sender means to take it away again, in ms; 0 for never
	Aside             bool  // it would ban, and its list is watched without rules of its kind: see [Index.SetAside]
}

// UntilKey is where a rule says until when it is meant. No specification has such a thing:
// others who read the list see a rule, and then see that it is gone.
const UntilKey = "org.forseti.until"

// moment reads a time in ms that is a whole number; anything else is none.
func moment(raw []byte) int64 {
	ms, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || ms < 0 {
		return 0
	}
	return ms
}

// IsGlob tells whether the entity has wildcards.
func (r Rule) IsGlob() bool {
	return r.Hash == "" && glob.Is(r.Entity)
}

// Matches tells whether the rule covers the entity, which is a user ID, server name (a port is ignored), room ID or
// alias according to the rule's kind. It is the definition that [Index] must agree with.
func (r Rule) Matches(entity string) bool {
	exact, folded := subject(r.Kind, entity)
	switch {
	case folded == "":
		return false
	case r.Hash != "":
		return HashOf(exact) == r.Hash
	default:
		return glob.Match(foldFor(r.Kind, r.Entity), folded)
	}
}

// HashOf gives the hash of an entity as hashed rules hold it: 32 raw bytes.
func HashOf(entity string) string {
	sum := sha256.Sum256([]byte(entity))
	return string(sum[:])
}

// Parse reads a rule from a state event of a list. It returns false if the event holds no rule: another event type, a
// blanked or redacted rule, or content that lacks an entity or recommendation.
func Parse(list id.RoomID, evt *event.Event) (Rule, bool) {
	if evt == nil || evt.StateKey == nil || evt.Unsigned.RedactedBecause != nil {
		return Rule{}, false
	}
	t, ok := ruleTypes[evt.Type.Type]
	if !ok {
		return Rule{}, false
	}
	var advice, named, why, hashes, unstable, until []byte
	whole := wire.Each(evt.Content.VeryRaw, func(name, value []byte) {
		switch string(name) {
		case "recommendation":
			advice = value
		case "entity":
			named = value
		case "reason":
			why = value
		case "hashes":
			hashes = value
		case "org.matrix.msc4205.hashes":
			unstable = value
		case UntilKey:
			until = value
		}
	})
	if !whole {
		return Rule{}, false
	}
	recommendation, entity, hash := wire.Text(advice), wire.Text(named), ""
	if entity == "" {
		if hash = hashIn(hashes); hash == "" {
			hash = hashIn(unstable)
		}
	}
	if recommendation == "" || entity == "" && hash == "" {
		return Rule{}, false
	}
	return Rule{
		Kind:              t.kind,
		Entity:            entity,
		Hash:              hash,
		Recommendation:    recommendations[recommendation],
		RawRecommendation: recommendation,
		Reason:            wire.Text(why),
		List:              list,
		Type:              t.name,
		StateKey:          *evt.StateKey,
		Event:             evt.ID,
		Sender:            evt.Sender,
		Timestamp:         evt.Timestamp,
		Until:             moment(until),
	}, true
}

func hashIn(hashes []byte) string {
	encoded := strings.TrimRight(wire.Read(hashes).Text("sha256"), "=")
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != sha256.Size {
		return ""
	}
	return string(raw)
}
