package enforce

import (
	"encoding/json"
	"math"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/glob"
	"forseti/policy"
	"forseti/rooms"
)

const aclType = "m.room.server_acl"

// ACLs is the deny list that all protected rooms share, and what of each room's ACL is
// ours.
type ACLs struct {
	settings *Settings
	spared   *spared
	book     *Book
	census   *census

	managed map[id.RoomID][]string
	latest  []string          // of those, the one that was set last
	known   map[string]string // servers that hashed rules stand for
	awoken  []id.EventID      // rules that do more than they did, though they are not new
	// lost are deny entries, by room, that others wrote and we wrote over, for we had not
	// heard of them.
	lost     map[id.RoomID][]string
	replaced map[id.RoomID]json.RawMessage // by our latest ACL, as far as it was known then; until sync tells of that
	denyList
}

func newACLs(settings *Settings, s *spared, b *Book, c *census) *ACLs {
	return &ACLs{
		settings: settings, spared: s, book: b, census: c,
		managed: map[id.RoomID][]string{}, known: map[string]string{}, lost: map[id.RoomID][]string{}, replaced: map[id.RoomID]json.RawMessage{},
		denyList: denyList{compiler: acl.NewCompiler(), hashed: map[string]*hashedRules{}, nameless: map[string]bool{}, exemptions: map[policy.Rule]int{}, left: map[string]policy.Rule{}},
	}
}

// SetManaged records which deny entries of a room's ACL are ours.
func (a *ACLs) SetManaged(room id.RoomID, entries []string) {
	// Most rooms have the same ones, thousands of them: they share the list, which nobody changes.
	if slices.Equal(entries, a.latest) && (entries == nil) == (a.latest == nil) {
		entries = a.latest
	}
	a.managed[room], a.latest = entries, entries
}

// Managed are the deny entries of a room's ACL that are ours.
func (a *ACLs) Managed(room id.RoomID) []string { return a.managed[room] }

// claim has the deny entries of a room be ours that may be so until it is known whether
// the next ACL arrived. The answer may be lost and the ACL be set all the same.
func (a *ACLs) claim(room id.RoomID, next []string) []string {
	claimed := append(slices.Clone(a.managed[room]), next...)
	slices.Sort(claimed)
	claimed = slices.Compact(claimed)
	if claimed == nil {
		claimed = []string{}
	}
	a.SetManaged(room, claimed)
	return claimed
}

// keys are those of all ACLs, for when what they follow from is another.
func (a *ACLs) keys() []Key {
	keys := make([]Key, 0, len(a.census.rooms))
	for room := range a.census.rooms {
		keys = append(keys, aclKey(room))
	}
	return keys
}

func aclKey(room id.RoomID) Key { return Key{Lane: action.ACLLane, Room: room} }

// mayOverflow reports whether the entries of what is followed, and of some rules more, may
// be too many for one ACL. It counts what is covered too, and perhaps twice what stands in two
// lists.
func (a *ACLs) mayOverflow(more ...policy.Rule) bool {
	const quotes, hashed, rest = len(`"",`), 40, 100 // of what is no entry, and of names that are not known
	size := rest
	add := func(r policy.Rule) bool {
		if bans(r) {
			size += len(r.Entity) + quotes
			if r.Hash != "" {
				size += hashed
			}
		}
		return size <= acl.MaxContent
	}
	for _, r := range more {
		if !add(r) {
			return true
		}
	}
	if a.begun && a.book.moves() <= mostAtOnce {
		a.follow(mostAtOnce)
		return size+a.compiler.Size() > acl.MaxContent
	}
	for r := range a.book.servers {
		if !add(r) {
			return true
		}
	}
	return false
}

// Full reports whether not all that is followed may fit into one ACL, so that a rule more has others fall out.
func (a *ACLs) Full() bool { return a.mayOverflow() }

// serverNames is what a server rule puts into an ACL: its entity, or for a hashed
// rule the server it was found to stand for, if any is in view.
func (a *ACLs) serverNames(r policy.Rule) []string {
	if r.Hash == "" {
		return []string{r.Entity}
	}
	if name := a.nameOf(r); name != "" {
		return []string{name}
	}
	return nil
}

// nameOf is the server that a hashed rule was found to stand for.
func (a *ACLs) nameOf(r policy.Rule) string {
	if name := a.known[r.Hash]; name != "" {
		return name
	}
	if h := a.hashed[r.Hash]; h != nil && h.name != "" {
		return h.name
	}
	for name := range a.census.subjects.ServersMatching(r) {
		return name
	}
	return ""
}

// Learn records which server a hash stands for, so that the server stays shut out
// when its last member is gone.
func (a *ACLs) Learn(hash, server string) {
	a.known[hash] = server
	a.reveal(hash, server)
}

// Hashes are those of rules that are known to stand for a server.
func (a *ACLs) Hashes() (all []string) {
	for r := range a.book.servers {
		if r.Hash != "" && a.known[r.Hash] != "" {
			all = append(all, r.Hash)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Unlearned are the servers that hashed rules were found to stand for and that
// are not recorded yet, by hash.
func (a *ACLs) Unlearned() map[string]string {
	found := map[string]string{}
	a.follow(math.MaxInt)
	for hash, h := range a.hashed {
		if a.known[hash] == "" && h.name != "" && len(h.rules) > 0 {
			found[hash] = h.name
		}
	}
	return found
}

// revealed are the keys of all ACLs if the server of a user who came into view is
// one that a hashed rule stands for, unless that was known.
func (a *ACLs) revealed(u id.UserID) []Key {
	if a.begun && len(a.hashed) == 0 && a.book.moves() == 0 {
		return nil
	}
	server := policy.ServerOf(u)
	if _, ok := a.book.server(server); !ok {
		return nil
	}
	news := a.reveal(policy.HashOf(server), server)
	// Also one that does not decide: what does may be too wide for an ACL.
	for _, r := range a.book.rules.Matching(policy.Server, server) {
		if r.Hash != "" && a.known[r.Hash] == "" {
			a.awoken = append(a.awoken, r.Event)
			return a.keys()
		}
	}
	if news {
		return a.keys()
	}
	return nil
}

// unshielded notes the rules that no ACL followed because of a server, and that some may
// follow now.
func (a *ACLs) unshielded(server string) {
	for r := range a.book.servers {
		if bans(r) && slices.ContainsFunc(a.serverNames(r), func(name string) bool { return acl.Reaches(name, server) }) {
			a.awoken = append(a.awoken, r.Event)
		}
	}
}

// Awoken gives the rules that are followed and do more than they did when they were
// weighed, since it was last asked: hashed ones of which became known for whom they are,
// and those that a moderator's server kept out of the ACLs.
func (a *ACLs) Awoken() []policy.Rule {
	var rules []policy.Rule
	for _, rule := range a.awoken {
		if r, ok := a.book.rule(rule); ok {
			rules = append(rules, r)
		}
	}
	a.awoken = nil
	return rules
}

// serversIn counts the servers in a room, which matters only where not all rules
// fit into the ACL.
func (a *ACLs) serversIn(r *rooms.Room, content json.RawMessage) map[string]int {
	const rewritten = 1000
	if a.compiler.Size()+len(content)+rewritten < acl.MaxContent {
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

func (a *ACLs) plan(room id.RoomID) Plan {
	r := a.census.rooms[room]
	if r == nil || r.Version() == "" || a.census.held[room] {
		return Plan{}
	}
	a.compile()
	content, _, _ := r.ACL()
	managed := a.managed[room]
	if len(a.book.unread) > 0 {
		managed = nil // none is ours to take out, for we do not know all rules
	}
	content, regained := a.regained(room, content)
	result, err := a.compiler.Compile(acl.Room{
		Current:    content,
		Managed:    managed,
		Present:    a.serversIn(r, content),
		IPLiterals: a.settings.IPLiterals,
	})
	if err != nil && regained { // what is there alone may do
		delete(a.lost, room)
		return a.plan(room)
	}
	if err != nil {
		return Plan{Problem: aclProblem(err)}
	}
	p := Plan{Managed: result.Managed, Problem: droppedProblem(result)}
	if n, _ := a.compiler.Beyond(0); n > 0 && result.Full {
		p.Problem = "" // which is so everywhere, and told once
	}
	if len(a.book.unread) > 0 {
		p.Managed = append(slices.Clone(a.managed[room]), result.Managed...)
		slices.Sort(p.Managed)
		p.Managed = slices.Compact(p.Managed)
	}
	if result.Content == nil && regained {
		result.Content = content
	}
	if result.Content == nil {
		return p
	}
	p.Action = action.Action{
		Verb: action.SetACL, Room: room, Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: event.StateServerACL, Content: result.Content},
	}
	p.Blocked = r.CanSetState(a.spared.self, aclType)
	return p
}

// Beyond is how many names and patterns do not fit into any ACL, with some of them.
func (a *ACLs) Beyond() (n int, some []string) {
	a.compile()
	return a.compiler.Beyond(5)
}

// LeftOut are the server rules that no ACL follows, by why.
func (a *ACLs) LeftOut() map[acl.Reason][]acl.Dropped {
	a.compile()
	found := map[acl.Reason][]acl.Dropped{}
	for _, d := range a.compiler.Dropped() {
		// Of a server that is exempted by name or pattern the exemption decides.
		if d.Reason != acl.Exempted || glob.Is(d.Entity) {
			found[d.Reason] = append(found[d.Reason], d)
		}
	}
	return found
}
