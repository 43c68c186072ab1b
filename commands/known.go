package commands

import "maunium.net/go/mautrix/id"

// known is what there is and what it is called, as any command may ask for it and show it.
type known struct {
	self  id.UserID
	names Names
	lists []List // asked for once
}

// watched gives the watched lists as they are when the command first needs them.
func (k *known) watched() []List {
	if k.lists == nil {
		k.lists = k.names.Lists()
	}
	return k.lists
}
