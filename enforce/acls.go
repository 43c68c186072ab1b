package enforce

import (
	"errors"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
	"forseti/text"
)

const aclType = "m.room.server_acl"

func (w *World) aclKeys() []Key {
	keys := make([]Key, 0, len(w.rooms))
	for room := range w.rooms {
		keys = append(keys, Key{Lane: action.ACLLane, Room: room})
	}
	return keys
}

// compile brings the shared deny list up to date. Making it anew takes 2 ms for
// 10,000 rules, and happens once in a burst.
func (w *World) compile() {
	if w.compiled {
		return
	}
	w.compiled = true
	w.compiler, w.hashed, w.serverRules = acl.NewCompiler(), false, 0
	for r := range w.book.servers {
		w.hashed = w.hashed || r.Hash != ""
		w.serverRules++
		for _, name := range w.serverNames(r) {
			// Several rules may be about one server; the deciding one counts.
			if best, ok := w.book.server(name); !r.IsGlob() && ok && bans(best) != bans(r) {
				continue
			}
			w.compiler.Add(acl.Rule{Entity: name, Allow: frees(r)})
		}
	}
	w.compiler.Protect(w.protectedServers())
}

// serverNames is what a server rule puts into an ACL: its entity, or for a hashed
// rule the server it was found to stand for, if any is in view.
func (w *World) serverNames(r policy.Rule) []string {
	if r.Hash == "" {
		return []string{r.Entity}
	}
	if name, ok := w.known[r.Hash]; ok {
		return []string{name}
	}
	for name := range w.subjects.ServersMatching(r) {
		return []string{name}
	}
	return nil
}

// Learn records which server a hash stands for, so that the server stays shut out
// when its last member is gone.
func (w *World) Learn(hash, server string) {
	w.known[hash] = server
	w.compiled = false
}

// Unlearned are the servers that hashed rules were found to stand for and that
// are not recorded yet, by hash.
func (w *World) Unlearned() map[string]string {
	found := map[string]string{}
	for r := range w.Rules.Servers() {
		if r.Hash == "" || w.known[r.Hash] != "" {
			continue
		}
		for name := range w.subjects.ServersMatching(r) {
			found[r.Hash] = name
		}
	}
	return found
}

// revealed are the keys of all ACLs if the server of a user who came into view is
// one that a hashed rule stands for, unless that was known.
func (w *World) revealed(u id.UserID) []Key {
	if w.compiled && !w.hashed {
		return nil
	}
	server := policy.ServerOf(u)
	if _, ok := w.book.server(server); !ok {
		return nil
	}
	// Also one that does not decide: what does may be too wide for an ACL.
	for _, r := range w.Rules.Matching(policy.Server, server) {
		if r.Hash != "" && w.known[r.Hash] == "" {
			w.compiled = false
			w.reveals = append(w.reveals, r.Event)
			return w.aclKeys()
		}
	}
	return nil
}

// Reveals gives the hashed rules of which became known, since it was last asked, for
// whom they are: what they do is news, though the rules are not.
func (w *World) Reveals() []policy.Rule {
	var rules []policy.Rule
	for _, rule := range w.reveals {
		if r, ok := w.Rules.Rule(rule); ok && !w.Rules.Held(rule) {
			rules = append(rules, r)
		}
	}
	w.reveals = nil
	return rules
}

// Covers gives the hits of a rule that is followed: who is present and whom it is
// about.
func (w *World) Covers(r policy.Rule) []Hit {
	var hits []Hit
	for u := range w.subjects.Affected(r) {
		if in := w.present(u, false); len(in) > 0 && !w.spared(u) {
			hits = append(hits, Hit{string(u), in})
		}
		if len(hits) > w.mostWeighed() {
			break
		}
	}
	return hits
}

// serversIn counts the servers in a room, which matters only where not all rules
// fit into the ACL.
func (w *World) serversIn(r *rooms.Room) map[string]int {
	const surelyFit = 1000
	if w.serverRules < surelyFit {
		return nil
	}
	present := map[string]int{}
	for u, m := range r.Members() {
		if m.Present() {
			present[policy.ServerOf(u)]++
		}
	}
	return present
}

func (w *World) planACL(room id.RoomID) Plan {
	r := w.rooms[room]
	if r == nil || r.Version() == "" || w.held[room] {
		return Plan{}
	}
	w.compile()
	content, _, _ := r.ACL()
	managed := w.managed[room]
	if len(w.unread) > 0 {
		managed = nil // none is ours to take out, for we do not know all rules
	}
	result, err := w.compiler.Compile(acl.Room{
		Current:    content,
		Managed:    managed,
		Present:    w.serversIn(r),
		IPLiterals: w.Settings.IPLiterals,
	})
	if err != nil {
		return Plan{Problem: aclProblem(err)}
	}
	p := Plan{Managed: result.Managed, Problem: droppedProblem(result.Dropped)}
	if len(w.unread) > 0 {
		p.Managed = append(slices.Clone(w.managed[room]), result.Managed...)
		slices.Sort(p.Managed)
		p.Managed = slices.Compact(p.Managed)
	}
	if result.Content == nil {
		return p
	}
	p.Action = action.Action{
		Verb: action.SetACL, Room: room, Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: event.StateServerACL, Content: result.Content},
	}
	p.Blocked = r.CanSetState(w.Self, aclType)
	return p
}

// LeftOut are the server rules that no ACL follows, by why.
func (w *World) LeftOut() map[acl.Reason][]acl.Dropped {
	w.compile()
	found := map[acl.Reason][]acl.Dropped{}
	for _, d := range w.compiler.Dropped() {
		found[d.Reason] = append(found[d.Reason], d)
	}
	return found
}

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

// droppedProblem says what of the ACL is not as it was asked for and moderators do
// not hear of elsewhere; a single rule is weighed when it is written.
func droppedProblem(dropped []acl.Dropped) string {
	for _, d := range dropped {
		switch d.Reason {
		case acl.TooLong:
			return "the server ACL is full: some server rules that match nobody here are left out"
		case acl.IPLiteralNeeded:
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
