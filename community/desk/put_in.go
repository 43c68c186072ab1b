package desk

import (
	"context"
	"encoding/json"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/commands"
	"forseti/enforce"
)

// mostACLs is how many server ACLs of a room are read, the last first, to find who put an entry in.
const mostACLs = 30

// PutIn finds who put entries into a room's server ACL, as far as the homeserver tells which ACL
// replaced which. What is older than the last of those is left out.
func (d Audits) PutIn(ctx context.Context, room id.RoomID, entries []string) map[string]commands.PutIn {
	var at id.EventID
	d.World.See(func(w *enforce.World) {
		if r := w.Room(room); r != nil {
			_, at, _ = r.SetBy(event.StateServerACL.Type)
		}
	})
	found := map[string]commands.PutIn{}
	open := map[string]bool{} // in small letters
	for _, entry := range entries {
		open[strings.ToLower(entry)] = true
	}
	read := map[id.EventID]bool{}
	for n := 0; n < mostACLs && at != "" && !read[at] && len(open) > 0; n++ {
		read[at] = true
		now, err := d.History.Event(ctx, room, at)
		if err != nil || now.Type.Type != event.StateServerACL.Type {
			break
		}
		before, whole := d.replaced(ctx, room, now)
		if !whole && n == 0 { // the first one of all replaced none, where the homeserver tells of the others
			break
		} else if !whole && now.Unsigned.ReplacesState != "" {
			break
		}
		had := denied(before)
		for entry := range denied(now.Content.VeryRaw) {
			if open[entry] && !had[entry] {
				found[entry] = commands.PutIn{By: now.Sender, At: now.Timestamp}
				delete(open, entry)
			}
		}
		at = now.Unsigned.ReplacesState
	}
	return found
}

// replaced is the content that an ACL replaced, none of the first one; not whole if it is not known.
func (d Audits) replaced(ctx context.Context, room id.RoomID, now *event.Event) (content json.RawMessage, whole bool) {
	if last := now.Unsigned.ReplacesState; last != "" {
		before, err := d.History.Event(ctx, room, last)
		if err != nil || before.Type.Type != event.StateServerACL.Type || before.Unsigned.RedactedBecause != nil {
			return nil, false
		}
		return before.Content.VeryRaw, true
	}
	if now.Unsigned.PrevContent != nil {
		return now.Unsigned.PrevContent.VeryRaw, true
	}
	return nil, false
}

// denied are the entries that an ACL denies, in small letters.
func denied(content json.RawMessage) map[string]bool {
	all := map[string]bool{}
	for _, entry := range acl.Parse(content).Deny {
		all[strings.ToLower(entry)] = true
	}
	return all
}
