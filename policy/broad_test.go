package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestBroad(t *testing.T) {
	const everyone, broad, narrow = "everyone", "broad", "narrow"
	for _, tt := range []struct {
		want     string
		kind     Kind
		entities string // separated by spaces
	}{
		{everyone, User, `* ** ?* *? @* @?* *:* @*:* @**:** @?*:* @*:?* @?*:?* *?:?* @?*:*.* *.* @*.* *:*.* @*:*.*.* ?????* @??????????:*`},
		{everyone, Server, `* ** ?* ?*? *? *.* *.*.* ?*.?* *.?* ?????????* *?.?*`},
		{broad, User, `@a*:* *a* *e* @*e*:* *o*r*g @*:*o* @*:*.org @*:*.com @*:*.co.uk *.org *.com *.co.uk @*.de *.info @*:?*.?? @????:*
			@*:matrix.* @*:*matrix* *matrix* @*:chat.* @*1* *:*e*.* *a*e*i* @user*:* @*:com* *.com* @*?o?*:* *m* @*m *:*.*o* @*-*:* *:8448 *:*:*`},
		{broad, Server, `*.com *.org com.* *o* *e*.org e*.org *.co.uk *.com.au matrix.* *matrix* matrix.*.com *:* [* [*] *] [2* *.uk evil.* evil* *.*.com
			?.org ??????.org *-*.org o org co com e chat matrix`},
		{narrow, User, `@spam*:* *spammer* @*spam*:* @a*:evil.org @*:evil.org *:evil.org @*:*.evil.org @?:sub.evil.co.uk @a:b @*:evil.org:*
			@evil?*:* @*:192.0.2.* @*:[2001:db8:* *.evil.org *:192.0.2.1 @*1234* @a:com *@evil*`},
		{narrow, Server, `evil.org *.evil.org ?.evil.org a*.evil.org *.evil.co.uk *.ems.host 192.0.2.* 192.0.* [2001:db8:* [::1] spamserver a.b`},
		{narrow, RoomKind, `* !*:* !a:b`},
	} {
		for entity := range strings.FieldsSeq(tt.entities) {
			r := Rule{Kind: tt.kind, Entity: entity}
			got := narrow
			switch {
			case Everyone(r):
				got = everyone
			case Broad(r):
				got = broad
			}
			if got != tt.want {
				t.Errorf("%s %q is %s, want %s", tt.kind, entity, got, tt.want)
			}
			if Everyone(r) && !Broad(r) {
				t.Errorf("%s %q is for everyone and not broad", tt.kind, entity)
			}
		}
	}
	if r := (Rule{Kind: Server, Hash: HashOf("*")}); Broad(r) || Everyone(r) {
		t.Error("a hash is broad")
	}
}

// population is made-up names as they are found: no server and no piece of text is common to many of them.
func population(kind Kind) []string {
	r := rand.New(rand.NewPCG(7, 7))
	tops := strings.Fields("org net com de fr io chat xyz example co.uk dev eu me im social")
	all := make([]string, 400)
	for i := range all {
		all[i] = word(r, 3+r.IntN(9)) + "." + tops[r.IntN(len(tops))]
		if r.IntN(3) == 0 {
			all[i] = word(r, 2+r.IntN(5)) + "." + all[i]
		}
		if kind == User {
			all[i] = fmt.Sprintf("@%s%d:%s", word(r, 2+r.IntN(8)), r.IntN(50), all[i])
		}
	}
	return all
}

// FuzzBroad holds Broad to what rules do: one that hits one in twenty of a population without anything in common is
// as good as one for everyone.
func FuzzBroad(f *testing.F) {
	for _, seed := range []string{"*", "@*:*", "*.org", "*a*", "@*e*:*", "*.co.uk", "@??*:?*.*", "*:*", "evil.org", "@*.*.*"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	people, servers := population(User), population(Server)
	f.Fuzz(func(t *testing.T, entity string, server bool) {
		r, all := Rule{Kind: User, Entity: entity}, people
		if server {
			r.Kind, all = Server, servers
		}
		if entity == "" || len(entity) > 100 {
			return
		}
		hits := 0
		for _, name := range all {
			if r.Matches(name) {
				hits++
			}
		}
		if hits > len(all)/20 && !Broad(r) {
			t.Errorf("%s %q hits %d of %d and is not broad", r.Kind, entity, hits, len(all))
		}
		if Everyone(r) && !Broad(r) {
			t.Errorf("%s %q is for everyone and not broad", r.Kind, entity)
		}
	})
}
