package acl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"forseti/glob"
)

// rules reads "-name" as an exemption.
func rules(entities ...string) func(func(Rule) bool) {
	return func(yield func(Rule) bool) {
		for _, e := range entities {
			name, allow := strings.CutPrefix(e, "-")
			if !yield(Rule{Entity: name, Allow: allow}) {
				return
			}
		}
	}
}

func TestCompile(t *testing.T) {
	for _, tt := range []struct {
		name      string
		room      Room
		rules     []string
		protected []string
		want      string // content
		managed   string // joined by spaces
		dropped   string // entities joined by spaces
	}{
		{name: "nothing at all"},
		{name: "no rule left", rules: []string{"evil.org:1"}, dropped: "evil.org:1"},
		{name: "fresh room", rules: []string{"Z.org", "evil.org", "EVIL.org"}, managed: "evil.org z.org",
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":["evil.org","z.org"]}`},
		{name: "covered by a broader glob", rules: []string{"a.evil.org", "*.b.evil.org", "*.evil.org", "evil.org"},
			managed: "*.evil.org evil.org",
			want:    `{"allow":["*"],"allow_ip_literals":true,"deny":["*.evil.org","evil.org"]}`},
		{name: "hand-made entries, allow and unknown keys are kept",
			room:  Room{Current: json.RawMessage(`{"allow":["*.good.org","GOOD.org"],"deny":["Hand.org"],"x.note":{"a":"<1>"}}`)},
			rules: []string{"evil.org", "hand.org"}, protected: []string{"good.org"}, managed: "evil.org",
			want: `{"allow":["*.good.org","GOOD.org","good.org"],"allow_ip_literals":true,"deny":["evil.org","hand.org"],"x.note":{"a":"<1>"}}`},
		{name: "ours goes with its rule, theirs stays",
			room: Room{Current: json.RawMessage(`{"allow":["*"],"deny":["ours.org","hand.org"]}`), Managed: []string{"ours.org"}},
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":["hand.org"]}`},
		{name: "covered by a hand-made glob",
			room:  Room{Current: json.RawMessage(`{"allow":["*"],"deny":["*.evil.org"]}`)},
			rules: []string{"a.evil.org"}},
		{name: "equivalent",
			room:  Room{Current: json.RawMessage(`{"allow":["*"],"deny":["Z.org","evil.org","evil.org"]}`), Managed: []string{"evil.org"}},
			rules: []string{"evil.org"}, managed: "evil.org"},
		{name: "equivalent, and not by hand for all to read",
			room:  Room{Current: json.RawMessage(`{"Allow":[],"allow":["*",null],"deny":["z.org","evil.org",7]}`), Managed: []string{"evil.org"}},
			rules: []string{"evil.org"}, managed: "evil.org", want: `{"allow":["*"],"allow_ip_literals":true,"deny":["evil.org","z.org"]}`},
		{name: "read differently, and none of ours", room: Room{Current: json.RawMessage(`{"allow":["*"],"deny":["z.org",7]}`)},
			protected: []string{"good.org"}},
		{name: "shut out by a null with Dendrite", room: Room{Current: json.RawMessage(`{"allow":["*"],"deny":["z.org",null]}`)},
			protected: []string{"good.org"}, want: `{"allow":["*"],"allow_ip_literals":true,"deny":["z.org"]}`},
		{name: "shut out by the lack of a key with Dendrite", room: Room{Current: json.RawMessage(`{"allow":["*"],"deny":["z.org"]}`)},
			protected: []string{"192.0.2.1"}, want: `{"allow":["*"],"allow_ip_literals":true,"deny":["z.org"]}`},
		{name: "shut out by a key in another case with Dendrite", room: Room{Current: json.RawMessage(`{"allow":["*"],"deny":["z.org"],"Deny":["good"]}`)},
			protected: []string{"good.org"}, want: `{"allow":["*"],"allow_ip_literals":true,"deny":["z.org"]}`},
		{name: "a part of a protected name", rules: []string{"example.org", "t.co", "*.corp", "evil.org", "rp?ex"},
			protected: []string{"matrix.example.org", "chat.corp.example"}, managed: "evil.org", dropped: "*.corp example.org rp?ex t.co",
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":["evil.org"]}`},
		{name: "a part of a protected address", rules: []string{"1:2", "[:*", "[::3]"}, protected: []string{"[::1:2]:8448"}, managed: "[::3]",
			dropped: "1:2 [:*", want: `{"allow":["*"],"allow_ip_literals":true,"deny":["[::3]"]}`},
		{name: "who has capitals in their name is let in by an entry with capitals, also by Dendrite", room: Room{Current: json.RawMessage(`{"allow":["A",7]}`)}, rules: []string{"b"},
			protected: []string{"A"}, managed: "b", want: `{"allow":["A","a"],"allow_ip_literals":true,"deny":["b"]}`},
		{name: "protected, and what the glob had covered", rules: []string{"*.ORG", "a.org", "good.org"},
			protected: []string{"Good.org:8448"}, managed: "a.org", dropped: "*.org good.org",
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":["a.org"]}`},
		{name: "exemption", rules: []string{"*.evil.org", "a.evil.org", "b.evil.org", "-a.evil.org"}, managed: "b.evil.org",
			dropped: "*.evil.org a.evil.org", want: `{"allow":["*"],"allow_ip_literals":true,"deny":["b.evil.org"]}`},
		{name: "exempting glob", rules: []string{"evil.*", "bad.net", "-*.org"}, managed: "bad.net", dropped: "evil.*",
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":["bad.net"]}`},
		{name: "IP literals denied", room: Room{Current: json.RawMessage(`{"allow":["*"]}`), IPLiterals: IPDeny},
			want: `{"allow":["*"],"allow_ip_literals":false,"deny":[]}`},
		{name: "IP literals denied, and nothing else", room: Room{IPLiterals: IPDeny},
			want: `{"allow":["*"],"allow_ip_literals":false,"deny":[]}`},
		{name: "IP literals needed, and nothing else", room: Room{IPLiterals: IPDeny}, protected: []string{"192.0.2.1"}, dropped: "allow_ip_literals"},
		{name: "IP literals allowed", room: Room{Current: json.RawMessage(`{"allow":["*"],"allow_ip_literals":false}`), IPLiterals: IPAllow},
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":[]}`},
		{name: "IP literals needed", room: Room{Current: json.RawMessage(`{"allow":["*"]}`), IPLiterals: IPDeny},
			protected: []string{"[::1]:8448"}, dropped: "allow_ip_literals",
			want: `{"allow":["*"],"allow_ip_literals":true,"deny":[]}`},
		{name: "redacted ACL reopened on request", room: Room{Current: json.RawMessage(`{}`), OpenAllow: true},
			rules: []string{"evil.org"}, managed: "evil.org", want: `{"allow":["*"],"allow_ip_literals":true,"deny":["evil.org"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Compile(Input{Room: tt.room, Rules: rules(tt.rules...), Protected: tt.protected})
			if err != nil {
				t.Fatal(err)
			}
			var dropped []string
			for _, d := range got.Dropped {
				dropped = append(dropped, d.Entity)
			}
			if string(got.Content) != tt.want {
				t.Errorf("content %s\nwant    %s", got.Content, tt.want)
			}
			if m := strings.Join(got.Managed, " "); m != tt.managed {
				t.Errorf("managed %q, want %q", m, tt.managed)
			}
			if d := strings.Join(dropped, " "); d != tt.dropped {
				t.Errorf("dropped %q, want %q", d, tt.dropped)
			}
		})
	}
}

func TestLockout(t *testing.T) {
	for _, tt := range []struct {
		name, current string
		want          LockoutError
	}{
		{"redacted", `{}`, LockoutError{}},
		{"hand-made deny", `{"allow":["*"],"deny":["G*"]}`, LockoutError{Server: "good.org", Deny: "G*"}},
		{"hand-set allow", `{"allow":["*.org"],"deny":[]}`, LockoutError{Server: "192.0.2.1"}},
		{"a part of a name", `{"allow":["*"],"deny":["ood.O"]}`, LockoutError{Server: "good.org", On: Dendrite, Deny: "ood.o"}},
		{"letters that Synapse folds", `{"allow":["*"],"deny":["192.0.2.1ſ","*.orΩ","goo?.Org"]}`, LockoutError{Server: "good.org", Deny: "goo?.org"}},
		{"the long s", `{"allow":["*"],"deny":["hoſt.example"]}`, LockoutError{Server: "host.example", On: Synapse, Deny: "hoſt.example"}},
		{"hand-set IP literals", `{"allow":["*"],"allow_ip_literals":false}`, LockoutError{Server: "192.0.2.1", IP: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Deny = glob.Fold(tt.want.Deny)
			got, err := Compile(Input{
				Room:  Room{Current: json.RawMessage(tt.current), Managed: []string{"old.org"}},
				Rules: rules("evil.org"), Protected: []string{"good.org", "192.0.2.1", "host.example"},
			})
			lockout, ok := errors.AsType[*LockoutError](err)
			if !ok || *lockout != tt.want {
				t.Fatalf("error %v", err)
			}
			if got.Content != nil || !slices.Equal(got.Managed, []string{"old.org"}) {
				t.Errorf("result %+v", got)
			}
		})
	}
}

func TestFit(t *testing.T) {
	var names []string
	for i := range 4000 {
		names = append(names, fmt.Sprintf("server%05d.example.org", i))
	}
	long := strings.Repeat("long.", 30) + "example.net"
	c := NewCompiler()
	for r := range rules(append(names, long, "*.evil.org", names[3999]+"x")...) {
		c.Add(r)
	}
	got, err := c.Compile(Room{Present: map[string]int{"server00000.example.org": 1, long: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Content); n > MaxContent || n < MaxContent-200 {
		t.Errorf("content has %d bytes", n)
	}
	for _, e := range []string{"server00000.example.org", long, "*.evil.org"} {
		if !slices.Contains(got.Managed, e) {
			t.Errorf("%s was dropped", e)
		}
	}
	out := c.tooLong(got)
	if len(got.Managed)+len(out) != 4003 || !got.Full || out[len(out)-1] != names[3999]+"x" {
		t.Errorf("%d kept, %d left out, last %v", len(got.Managed), len(out), out[len(out)-1])
	}
	hand, _ := encode(map[string][]string{"allow": {"*"}, "deny": names})
	if _, err := Compile(Input{Room: Room{Current: hand}, Rules: rules("evil.org")}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v for a hand-made ACL over the size", err)
	}
}

// What others wrote is left out before what our own lists say, and of that the oldest first,
// whoever is here.
func TestFitKeepsOurOwn(t *testing.T) {
	c := NewCompiler()
	present := map[string]int{}
	for i := range 3000 {
		theirs := fmt.Sprintf("theirs%05d.example.org", i)
		c.Add(Rule{Entity: theirs})
		present[theirs] = 1
		c.Add(Rule{Entity: fmt.Sprintf("own%05d.example.org", i), Own: true, At: int64(i)})
	}
	c.Add(Rule{Entity: "theirs00007.example.org", Own: true}) // both say so
	got, err := c.Compile(Room{Present: present})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(got.Managed, "own02999.example.org") || slices.Contains(got.Managed, "theirs00008.example.org") || !slices.Contains(got.Managed, "theirs00007.example.org") {
		t.Errorf("%d are kept, of %s", len(got.Managed), got.Managed[:3])
	}
	left := c.tooLong(got)
	for _, out := range left {
		if strings.HasPrefix(out, "own") && slices.ContainsFunc(got.Managed, func(e string) bool { return e < out && strings.HasPrefix(e, "own") }) {
			t.Fatalf("%s is dropped, and an older one is kept", out)
		}
	}
	// In a room where nobody is it is the same, but for who is needed.
	if out := c.Excess(); len(out) != len(left) {
		t.Errorf("%d do not fit, and %d are dropped", len(out), len(left))
	}
	c.Remove(Rule{Entity: "theirs00007.example.org", Own: true})
	c.Remove(Rule{Entity: "theirs00007.example.org"})
	c.Add(Rule{Entity: "theirs00007.example.org"})
	if !slices.Contains(c.Excess(), "theirs00007.example.org") {
		t.Error("an entry stands by a rule of ours that is gone")
	}
}

// When not all fits: of other people's the oldest go that name nobody who is here, and of our
// own the latest never, whoever is here, also where a pattern of somebody else's covers them.
func TestWhatFallsOut(t *testing.T) {
	const many = 4000
	name := func(of string, i int) string { return fmt.Sprintf("%s%05d.example.org", of, i) }
	shuffled := rand.New(rand.NewPCG(1, 2)).Perm(many)
	t.Run("the oldest of others", func(t *testing.T) {
		c := NewCompiler()
		for _, i := range shuffled {
			c.Add(Rule{Entity: name("theirs", i), At: int64(i)})
		}
		got, err := c.Compile(Room{Present: map[string]int{name("theirs", 3): 1}})
		if err != nil || !got.Full {
			t.Fatalf("full: %v, %v", got.Full, err)
		}
		for i := range many {
			if want := i == 3 || i > many-len(got.Managed); slices.Contains(got.Managed, name("theirs", i)) != want {
				t.Fatalf("of %d that stay number %d should: %v", len(got.Managed), i, want)
			}
		}
	})
	t.Run("the latest of our own", func(t *testing.T) {
		c, present := NewCompiler(), map[string]int{}
		for _, i := range shuffled {
			c.Add(Rule{Entity: name("own", i), Own: true, At: int64(i)})
			if i < many-500 {
				present[name("own", i)] = 1
			}
		}
		got, err := c.Compile(Room{Present: present})
		if err != nil || !slices.Contains(got.Managed, name("own", many-1)) || !slices.Contains(got.Managed, name("own", many-100)) || slices.Contains(got.Managed, name("own", 0)) {
			t.Errorf("%d stay, %v", len(got.Managed), err)
		}
	})
	t.Run("covered by somebody else's", func(t *testing.T) {
		c := NewCompiler()
		for _, i := range shuffled {
			c.Add(Rule{Entity: name("theirs", i), At: int64(i)})
		}
		c.Add(Rule{Entity: "*.covered.example", At: -1})
		stays := func() bool {
			got, err := c.Compile(Room{})
			return err == nil && slices.Contains(got.Managed, "*.covered.example")
		}
		if stays() {
			t.Error("it is the oldest, and stays")
		}
		ban := Rule{Entity: "fresh.covered.example", Own: true, At: many}
		c.Add(ban)
		if !stays() {
			t.Error("what we ban fell out with a pattern of others that covers it")
		}
		c.Remove(ban)
		if stays() {
			t.Error("the ban is gone, and what covered it stays for it")
		}
	})
}

// tooLong are the entries that a result leaves out, those to be kept first.
func (c *Compiler) tooLong(r Result) (out []string) {
	for _, e := range c.ranked {
		if !slices.Contains(r.Managed, e.text) {
			out = append(out, e.text)
		}
	}
	return out
}
