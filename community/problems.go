package community

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/enforce"
)

// problemNamespace keeps what was told, so that a restart does not tell it again.
const problemNamespace = "problem"

// problem tells, once, what moderators should mend. It stands until solved.
func (c *Community) problem(key, text string) {
	if c.problems[key] != text {
		c.note(key, text)
		c.tell(text)
	}
}

// note is problem for what a command's answer tells.
func (c *Community) note(key, text string) {
	c.problems[key] = text
	c.saveSetting(problemNamespace, key, text)
}

func (c *Community) solved(key string) {
	text, ok := c.problems[key]
	if !ok {
		return
	}
	delete(c.problems, key)
	c.digest.lines = slices.DeleteFunc(c.digest.lines, func(line string) bool { return line == text })
	c.saveSetting(problemNamespace, key, nil)
}

// problemList is what stands, in a fixed order.
func (c *Community) problemList() []string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(c.problems)) {
		texts = append(texts, c.problems[key])
	}
	return texts
}

func blockedProblem(key enforce.Key) string {
	return "blocked " + string(key.Room) + " " + key.Subject
}

func aclProblem(room id.RoomID) string { return "acl " + string(room) }
