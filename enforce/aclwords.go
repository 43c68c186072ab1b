package enforce

import (
	"errors"
	"fmt"
	"slices"

	"forseti/acl"
	"forseti/text"
)

// LeftOutWords says of server rules that are left out of every ACL for one reason
// which they are, why, and what to do. It is Markdown, "" for a reason that is told
// room by room.
func LeftOutWords(why acl.Reason, rules []acl.Dropped) string {
	const most = 5
	var names, against []string
	for _, d := range rules {
		names = append(names, d.Entity)
		against = append(against, d.Server)
	}
	slices.Sort(against)
	against = slices.Compact(against)
	one := len(rules) == 1
	rule, it := "the server rules "+text.Names(names, most), "they"
	if one {
		rule, it = "the server rule "+text.Names(names, most), "it"
	}
	switch why {
	case acl.ShutsOut:
		return fmt.Sprintf("I do not follow %s: %s would shut out our own server, or one that a moderator is on.", rule, it)
	case acl.Contained:
		return fmt.Sprintf("I do not follow %s: homeservers that run Dendrite take an entry of an ACL for a part of a name, so that %s would shut out %s there. A rule with more of the name in it does not.",
			rule, it, text.Names(against, most))
	case acl.Exempted:
		return fmt.Sprintf("I do not follow %s: %s would also shut out whom you exempt by %s, and an ACL cannot say \"all but that one\". Narrower rules can be followed.",
			rule, it, text.Names(against, most))
	case acl.HasPort:
		return fmt.Sprintf("I cannot follow %s: a port is no part of a server's name, so that %s %s no server. Without the port %s would.",
			rule, it, text.Pick(len(rules), "matches", "match"), it)
	case acl.NotServer:
		return fmt.Sprintf("I cannot follow %s: %s neither the name of a server nor a pattern of one.", rule, text.Pick(len(rules), "it is", "they are"))
	default:
		return ""
	}
}

// FullWords says once that not all fits into server ACLs, and what is to be shown of that:
// how many names and patterns do not, with some of them. Both are "" if all fits.
func FullWords(n int, some []string) (said, shown string) {
	if n == 0 {
		return "", ""
	}
	said = "The server ACL is full: not all that is denied fits into it. I leave out the oldest of other people's lists that are about nobody who is here, and never the latest bans of your own lists."
	parts := make([]string, 0, len(some)+1)
	for _, name := range some {
		parts = append(parts, text.Code(name))
	}
	if more := n - len(some); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	shown = fmt.Sprintf("The server ACL has no room for %s, which %s denied: %s.", text.Count(n, "entry"), text.Pick(n, "is", "are"), text.And(parts))
	return said, shown
}

// droppedProblem says what of the ACL is not as it was asked for and moderators do
// not hear of elsewhere; a single rule is weighed when it is written.
func droppedProblem(of acl.Result) string {
	if of.Full {
		return "the server ACL is full: some server rules are left out, those of other people's lists first"
	}
	for _, d := range of.Dropped {
		if d.Reason == acl.IPLiteralNeeded {
			return fmt.Sprintf("servers named by an IP address are not denied, though the setting says so: %s is one, and must not be shut out", d.Server)
		}
	}
	return ""
}

func aclProblem(err error) string {
	if lockout, ok := errors.AsType[*acl.LockoutError](err); ok {
		return fmt.Sprintf("the server ACL is left as it is: %s", lockout)
	}
	return err.Error()
}
