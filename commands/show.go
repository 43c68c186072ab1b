package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

const (
	// maxLines and maxAnswer bound an answer: an event holds 65,536 bytes, and
	// this text twice, as text and as HTML, encrypted.
	maxLines  = 60
	maxAnswer = 15_000
)

// weight is about how many bytes a text takes in an event, where each of these
// characters becomes several.
func weight(s string) int {
	n := len(s)
	for _, r := range s {
		if strings.ContainsRune(`<>&"\`, r) {
			n += 4
		}
	}
	return n
}

// listing shows lines as a list, cut to what an answer holds; more says what to do
// about those left out.
func listing(lines []string, more string) string {
	var b strings.Builder
	size := 0
	for i, line := range lines {
		size += weight(text.Gathered(line, 0))
		if i == maxLines || size > maxAnswer-1000 {
			fmt.Fprintf(&b, "\n\n… and %d more", len(lines)-i)
			if more != "" {
				b.WriteString(": " + more)
			}
			break
		}
		b.WriteString("\n- " + line)
	}
	return b.String()
}

// roomLink shows a room as a link that works for those who are not in it, by way
// of our own server.
func (k *known) roomLink(roomID id.RoomID, name string) string {
	return text.Room(roomID, name, k.self.Homeserver())
}

// room shows one protected room.
func (k *known) room(roomID id.RoomID) string {
	for _, r := range k.names.Rooms() {
		if r.ID == roomID {
			return k.roomLink(r.ID, r.Name)
		}
	}
	return k.roomLink(roomID, "")
}

// listName is what moderators call a list.
func (k *known) listName(l List) string {
	if text.OneLine(l.Shortcode) != "" {
		return text.Code(l.Shortcode)
	}
	return k.roomLink(l.ID, l.Name)
}

func (k *known) listOf(r policy.Rule) string {
	for _, l := range k.watched() {
		if l.ID == r.List {
			return k.listName(l)
		}
	}
	return k.roomLink(r.List, "")
}

// ruleLine shows a rule: what it says of whom, where it stands and why.
func (k *known) ruleLine(r policy.Rule, listed bool) string {
	var b strings.Builder
	if r.Recommendation == policy.Unknown {
		fmt.Fprintf(&b, "ignored recommendation %s", text.Code(text.Clip(r.RawRecommendation, 60)))
	} else {
		b.WriteString(r.Recommendation.String())
	}
	fmt.Fprintf(&b, " %s ", r.Kind)
	switch {
	case r.Hash != "":
		fmt.Fprintf(&b, "with the hash %s", text.Code(fmt.Sprintf("%x", r.Hash)[:16]+"…"))
	default:
		b.WriteString(text.Code(r.Entity))
	}
	if listed {
		b.WriteString(" in " + k.listOf(r))
	}
	if r.Until > 0 {
		b.WriteString(" until " + k.untilStamp(r))
	}
	b.WriteString(k.unfollowed(r))
	if standing := k.names.Standing(r); standing != "" {
		fmt.Fprintf(&b, " (%s)", standing)
	}
	if reason := text.Escape(r.Reason, text.MostReason); reason != "" {
		b.WriteString(": " + reason)
	}
	return b.String()
}

// writtenLine is ruleLine with who wrote it, and when by what they say; of one of ours with whoever ordered it, if that is
// known.
func (k *known) writtenLine(r policy.Rule, listed bool, ordered id.UserID) string {
	line := k.ruleLine(r, listed)
	if r.Sender == "" {
		return line
	}
	line += ", by " + k.author(r.Sender)
	if ordered != "" {
		line += ", as " + text.Code(string(ordered)) + " said"
	}
	if r.Timestamp > 0 {
		line += " on " + k.stamp(time.UnixMilli(r.Timestamp))
	}
	return line
}

// author names who did something.
func (k *known) author(u id.UserID) string {
	if u == k.self {
		return "me"
	}
	return text.Code(string(u))
}

// writtenLines are someLines with who wrote them, and who ordered those of ours; that is left out if it cannot be read.
func writtenLines(ctx context.Context, c *call, d OrderDesk, rules []policy.Rule, listed bool) ([]string, error) {
	ordered, err := d.Ordered(ctx, ofOurs(c, rules))
	lines := make([]string, len(rules))
	for i, r := range rules[:min(len(rules), maxLines)] {
		lines[i] = c.writtenLine(r, listed, ordered[r.Event])
	}
	return lines, err
}

// unfollowed says why a rule that reads as if it freed or banned somebody does not.
func (k *known) unfollowed(r policy.Rule) string {
	if r.Aside {
		return fmt.Sprintf(" (not followed: of this list rules about %ss are only shown)", r.Kind)
	}
	switch r.Recommendation {
	case policy.Allow:
		return " (not followed: Mjolnir makes an entry in an ACL's allow list of it)"
	case policy.Exempt:
		for _, l := range k.watched() {
			if l.ID == r.List && !l.Exempts {
				return " (not followed: this list may not exempt)"
			}
		}
	}
	if why := policy.Unmatchable(r); why != "" {
		return " (matches nobody: " + why + ")"
	}
	return ""
}

func (k *known) ruleLines(rules []policy.Rule, listed bool) []string {
	lines := make([]string, len(rules))
	for i, r := range rules {
		lines[i] = k.ruleLine(r, listed)
	}
	return lines
}

func isBan(r policy.Rule) bool {
	return !r.Aside && (r.Recommendation == policy.Ban || r.Recommendation == policy.Takedown)
}

// without leaves some users out of a map by room.
func without(found map[id.RoomID][]id.UserID, spared []id.UserID) map[id.RoomID][]id.UserID {
	left := map[id.RoomID][]id.UserID{}
	for room, some := range found {
		for _, u := range some {
			if !slices.Contains(spared, u) {
				left[room] = append(left[room], u)
			}
		}
	}
	return left
}

// users gives all users of a map by room, each once, in order.
func users(found map[id.RoomID][]id.UserID) []id.UserID {
	var all []id.UserID
	for _, some := range found {
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
