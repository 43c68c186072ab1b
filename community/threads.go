package community

import "maunium.net/go/mautrix/id"

// heard is what is remembered of the latest commands.
type heard struct {
	threads threads
	misread misread
	newest  newest
	choices choices
	signs   signs
}

// threads remembers which of the latest commands were given in a thread, so that they
// are answered there: who watches it does not look elsewhere.
type threads struct {
	root  map[id.EventID]id.EventID
	order []id.EventID
}

// mostThreads is how many commands are remembered.
const mostThreads = 500

// threadNamespace keeps them, so that what goes on after a restart is told there too.
const threadNamespace = "thread"

// note remembers where a command was given. It reports whether that is new, and which
// command is forgotten for it.
func (t *threads) note(command, root id.EventID) (fresh bool, forgotten id.EventID) {
	if root == "" || t.root[command] != "" {
		return false, ""
	}
	if t.root == nil {
		t.root = map[id.EventID]id.EventID{}
	}
	t.root[command] = root
	t.order = append(t.order, command)
	if len(t.order) > mostThreads {
		forgotten = t.order[0]
		delete(t.root, forgotten)
		t.order = t.order[1:]
	}
	return true, forgotten
}

// of is the thread of a command, "" if it was given in none.
func (t *threads) of(command id.EventID) id.EventID { return t.root[command] }
