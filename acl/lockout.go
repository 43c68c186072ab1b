package acl

import "fmt"

// LockoutError says that an ACL would shut out a protected server by something we
// do not take away on our own: a hand-made entry or setting. Nothing is sent, also
// when the room's present ACL does so already.
type LockoutError struct {
	Server string // empty if the ACL shuts out everyone
	Deny   string // the entry that matches, in lower case; empty if none does
	IP     bool   // IP literals are denied, and the server is one
}

func (e *LockoutError) Error() string {
	switch {
	case e.Server == "":
		return "the ACL allows no server at all"
	case e.Deny != "":
		return fmt.Sprintf("the ACL would shut out %s by its entry %q", e.Server, e.Deny)
	case e.IP:
		return fmt.Sprintf("the ACL would shut out %s by denying IP literals", e.Server)
	}
	return fmt.Sprintf("the ACL would shut out %s: no allow entry matches it", e.Server)
}

// lockout returns a *LockoutError if the ACL lets nobody in or keeps a protected
// server out. An ACL without allow entries fails even if nobody is protected,
// because no server can undo it then.
func lockout(a ACL, protected []string) error {
	if len(a.Allow) == 0 {
		return &LockoutError{}
	}
	for _, p := range protected {
		if a.Allows(p) {
			continue
		}
		err := &LockoutError{Server: p, IP: !a.AllowIPLiterals && isIPLiteral(p)}
		for _, glob := range a.Deny {
			if match(glob, p) {
				err.Deny = glob
				break
			}
		}
		return err
	}
	return nil
}
