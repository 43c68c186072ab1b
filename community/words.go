package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

func (c *Community) roomLink(room id.RoomID) string {
	name := ""
	if r := c.world.Room(room); r != nil {
		name = r.Name()
	}
	return text.Room(room, name, c.self.Homeserver())
}

func (c *Community) listLink(room id.RoomID) string {
	name := ""
	if l := c.lists[room]; l != nil {
		if name = l.shortcode; text.OneLine(name) == "" {
			name = l.Name()
		}
	}
	return text.Room(room, name, c.self.Homeserver())
}

// ruleName names a rule by what it is about.
func ruleName(r policy.Rule) string {
	if r.Entity == "" {
		return "(hashed)"
	}
	return text.Code(r.Entity)
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
