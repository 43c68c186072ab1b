package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"

	plainglob "github.com/gobwas/glob"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/glob"
)

// workload is rules and members in the mix that public lists and rooms have: 70 %
// literal users, 15 % literal servers, 10 % server globs, 5 % user globs, one glob
// in twenty with its text only between stars; one member in a hundred matches.
type workload struct {
	events  []*event.Event
	members []id.UserID
}

const workloadMembers = 100_000

// newWorkload is the same for the same size, in every run.
func newWorkload(rules int) workload {
	r := rand.New(rand.NewPCG(42, uint64(rules)))
	w := workload{members: make([]id.UserID, workloadMembers)}
	servers := make([]string, 4700)
	for i := range servers {
		servers[i] = fmt.Sprintf("%s%d.%s", word(r, 6), i, []string{"org", "net", "example", "chat.example"}[i%4])
	}
	// Some servers have many users, most have few.
	zipf := rand.NewZipf(r, 1.1, 8, uint64(len(servers)-1))
	for i := range w.members {
		w.members[i] = id.UserID(fmt.Sprintf("@%s%d:%s", word(r, 5), i, servers[zipf.Uint64()]))
	}
	for i := range rules {
		kind, entity := ruleOf(r, i, w.members)
		w.events = append(w.events, state("m.policy.rule."+kind, fmt.Sprintf("key%d", i),
			fmt.Sprintf("$%043d", i), banContent(entity)))
	}
	return w
}

// ruleOf makes a rule. Every hundredth member is hit by a literal one while there
// are enough rules; globs hit nobody, for those that do would hit too many.
func ruleOf(r *rand.Rand, i int, members []id.UserID) (kind, entity string) {
	between := r.IntN(20) == 0
	switch n := r.IntN(100); {
	case n < 70:
		if r.IntN(100) < 2 {
			return "user", string(members[r.IntN(len(members))])
		}
		return "user", fmt.Sprintf("@%s%d:%s.example", word(r, 8), i, word(r, 6))
	case n < 85:
		return "server", fmt.Sprintf("%s%d.example", word(r, 9), i)
	case n < 95:
		switch {
		case between:
			return "server", fmt.Sprintf("*%s%d*", word(r, 6), i)
		case r.IntN(2) == 0:
			return "server", fmt.Sprintf("*.%s%d.example", word(r, 8), i)
		default:
			return "server", fmt.Sprintf("%s%d*", word(r, 7), i)
		}
	default:
		switch {
		case between:
			return "user", fmt.Sprintf("@*%s%d*:*", word(r, 6), i)
		case r.IntN(2) == 0:
			return "user", fmt.Sprintf("@%s%d*:*", word(r, 6), i)
		default:
			return "user", fmt.Sprintf("@*:%s%d.example", word(r, 8), i)
		}
	}
}

func word(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("abcdefghijklmnopqrstuvwxyz"[r.IntN(26)])
	}
	return b.String()
}

func (w workload) index() *Index {
	x := NewIndex()
	for _, evt := range w.events {
		x.Apply(testList, evt)
	}
	return x
}

// plain is the plain design: literals in a map, each glob tried in turn.
type plain struct {
	users, servers         map[string]bool
	userGlobs, serverGlobs []*plainglob.Pattern
}

var globEscape = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`, `,`, `\,`)

func gobwas(pattern string) *plainglob.Pattern {
	return plainglob.MustCompile(globEscape.Replace(pattern))
}

func (w workload) plain() *plain {
	p := &plain{users: map[string]bool{}, servers: map[string]bool{}}
	for _, evt := range w.events {
		r, _ := Parse(testList, evt)
		entity := glob.Fold(r.Entity)
		switch {
		case r.Kind == User && r.IsGlob():
			p.userGlobs = append(p.userGlobs, gobwas(entity))
		case r.Kind == User:
			p.users[entity] = true
		case r.IsGlob():
			p.serverGlobs = append(p.serverGlobs, gobwas(entity))
		default:
			p.servers[entity] = true
		}
	}
	return p
}

func (p *plain) match(u id.UserID) bool {
	user, server := glob.Fold(string(u)), ServerOf(u)
	if p.users[user] || p.servers[server] {
		return true
	}
	for _, g := range p.userGlobs {
		if g.Match(user) {
			return true
		}
	}
	for _, g := range p.serverGlobs {
		if g.Match(server) {
			return true
		}
	}
	return false
}

// matches is what both must agree on: whether a rule bans the user or their server.
func (x *Index) matchesMember(u id.UserID) bool {
	r, ok := anew(x).Member(u)
	return ok && r.Recommendation == Ban
}
