package community

import "maunium.net/go/mautrix/id"

// threads remembers which of the latest commands were given in a thread, so that they
// are answered there: who watches it does not look elsewhere.
type threads struct {
	root  map[id.EventID]id.EventID
	order []id.EventID
}

// mostThreads is how many commands are remembered.
const mostThreads = 500

func (t *threads) note(command, root id.EventID) {
	if root == "" || t.root[command] != "" {
		return
	}
	if t.root == nil {
		t.root = map[id.EventID]id.EventID{}
	}
	t.root[command] = root
	t.order = append(t.order, command)
	if len(t.order) > mostThreads {
		delete(t.root, t.order[0])
		t.order = t.order[1:]
	}
}

// of is the thread of a command, "" if it was given in none.
func (t *threads) of(command id.EventID) id.EventID { return t.root[command] }
