package policy

import (
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// byEvent finds rules by the event that set them, those included that others shadow.
type byEvent struct {
	set bag[uint64, *entry] // by hash of the event ID
}

func (b *byEvent) add(e *entry) { b.set.add(hashOf(string(e.event)), e) }

func (b *byEvent) remove(e *entry) { b.set.remove(hashOf(string(e.event)), e) }

// Redacts gives the rule in effect that a redaction would take away. Whether the redaction holds, its caller has to
// find out first: Apply believes it.
func (b *byEvent) Redacts(room id.RoomID, evt *event.Event) (Rule, bool) {
	if evt == nil || evt.StateKey != nil || evt.Type.Type != event.EventRedaction.Type {
		return Rule{}, false
	}
	for _, e := range b.ofEvent(redacted(evt)) {
		if e.list.id == room && e.inEffect() {
			return e.rule(), true
		}
	}
	return Rule{}, false
}

// Rule gives the rule in effect that an event set.
func (b *byEvent) Rule(eventID id.EventID) (Rule, bool) {
	var found *entry
	for _, e := range b.ofEvent(eventID) {
		if e.inEffect() && (found == nil || compare(e, found) < 0) {
			found = e
		}
	}
	if found == nil {
		return Rule{}, false
	}
	return found.rule(), true
}

// Held tells whether the rule of an event waits for approval.
func (b *byEvent) Held(eventID id.EventID) bool {
	found := b.ofEvent(eventID)
	return len(found) > 0 && found[0].held
}

// ofEvent gives the entries that an event set: one, or several if lists are lied to.
func (b *byEvent) ofEvent(eventID id.EventID) []*entry {
	var found []*entry
	b.set.under(hashOf(string(eventID)), func(e *entry) {
		if e.event == eventID {
			found = append(found, e)
		}
	})
	return found
}
