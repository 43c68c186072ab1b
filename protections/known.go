package protections

import (
	"time"

	"forseti/protections/kit"
)

// known is what messages were found for lately, so that who answers one and quotes it is
// not found for that.
type known struct {
	found *kit.Table[kit.Text, string]
}

// remembered is how long that is known.
const remembered = time.Hour

func newKnown(g *kit.Given) known { return known{kit.NewTable[kit.Text, string](g)} }

// add notes for what a message was found.
func (k known) add(in kit.Signal, what string) {
	if in.What != kit.Said {
		return
	}
	*k.found.Keep(kit.Text(in.Event.ID), in.Arrived, remembered) = what
	k.found.Resize(kit.Text(in.Event.ID), len(what))
}

// quotes reports whether a message answers one that was found for the same.
func (k known) quotes(in kit.Signal, what string) bool {
	answered := in.Message.ReplyTo()
	if answered == "" {
		return false
	}
	found := k.found.Find(kit.Text(answered), in.Arrived)
	return found != nil && *found == what
}
