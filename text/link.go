package text

import (
	"net/url"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Room shows a room as a link, by its name if it has one. A server in via lets those follow it who are not in the room.
// What is no room ID, a user's for one, is no link: that would be a mention.
func Room(room id.RoomID, name string, via string) string {
	if !strings.HasPrefix(string(room), "!") {
		return Code(string(room))
	}
	label := Escape(name, MostName)
	if label == "" {
		label = Escape(string(room), MostID)
	}
	target := "https://matrix.to/#/" + linkPath(Clip(string(room), MostID))
	if via != "" {
		target += "?via=" + url.QueryEscape(via)
	}
	return "[" + label + "](" + target + ")"
}

// linkPath also escapes what is markup within a link, or ends it.
func linkPath(s string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "!", "%21", "'", "%27", "*", "%2A", "_", "%5F", "~", "%7E", "&", "%26").
		Replace(url.PathEscape(strings.ToValidUTF8(s, "\ufffd")))
}
