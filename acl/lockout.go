package acl

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"forseti/servername"
)

// LockoutError says that an ACL would shut out a protected server by something we do not take away on our own: a
// hand-made entry or setting. Nothing is sent, also when the room's present ACL does so already.
type LockoutError struct {
	Server string     // empty if the ACL shuts out everyone
	On     Homeserver // where it would
	Deny   string     // the entry that matches, in lower case; empty if none does
	IP     bool       // IP literals are denied, and the server is one
}

func (e *LockoutError) Error() string {
	where := ""
	if e.On != Specification {
		where = fmt.Sprintf(" on homeservers that run %s", e.On)
	}
	switch {
	case e.Server == "":
		return "the ACL allows no server at all"
	case e.Deny != "" && e.On == Dendrite:
		return fmt.Sprintf("the ACL would shut out %s%s by its entry %q, which is taken for a part of a name there", e.Server, where, e.Deny)
	case e.Deny != "":
		return fmt.Sprintf("the ACL would shut out %s%s by its entry %q", e.Server, where, e.Deny)
	case e.IP:
		return fmt.Sprintf("the ACL would shut out %s%s by denying IP literals", e.Server, where)
	}
	return fmt.Sprintf("the ACL would shut out %s%s: no allow entry matches it", e.Server, where)
}

// Lockout returns a *LockoutError if any kind of homeserver would read content so that one of the servers may not take
// part, or nobody may. An ACL without allow entries fails even if no server is named, because no server can undo it.
func Lockout(content json.RawMessage, servers iter.Seq[string]) error {
	var protected []string
	for p := range servers {
		protected = append(protected, subject(p))
		if written := servername.Host(p); written != subject(p) { // Dendrite minds capitals
			protected = append(protected, written)
		}
	}
	if err := lockout(Parse(content), protected, Specification, Synapse); err != nil {
		return err
	}
	if loose, ok := parseLoosely(content); ok {
		return lockout(loose, protected, Dendrite)
	}
	return nil
}

func lockout(a ACL, protected []string, on ...Homeserver) error {
	if !a.Present {
		return nil
	}
	if len(a.Allow) == 0 {
		return &LockoutError{On: on[0]}
	}
	// Only letters beyond ASCII are read differently by Synapse.
	if !slices.ContainsFunc(a.Deny, beyondASCII) && !slices.ContainsFunc(a.Allow, beyondASCII) {
		on = slices.DeleteFunc(on, func(h Homeserver) bool { return h == Synapse })
	}
	for _, p := range protected {
		for _, h := range on {
			for _, name := range h.names(p) {
				if !a.AllowsOn(h, name) {
					return a.why(h, name, p)
				}
			}
		}
	}
	return nil
}

func beyondASCII(s string) bool { return !isASCII(s) }

// names are the names by which a homeserver may know a server that we know without port. With one, Dendrite takes the
// brackets off.
func (h Homeserver) names(server string) []string {
	if h == Dendrite && strings.HasPrefix(server, "[") {
		return []string{server, server + ":8448"}
	}
	return []string{server}
}

func (a ACL) why(h Homeserver, name, server string) error {
	err := &LockoutError{Server: server, On: h}
	subject := h.subject(name)
	err.IP = !a.AllowIPLiterals && h.isIPLiteral(subject)
	for _, entry := range a.Deny {
		if h.matches(entry, subject) {
			err.Deny = entry
			break
		}
	}
	return err
}
