package acl

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"slices"

	"forseti/glob"
	"forseti/wire"
)

// IPPolicy says what to make of allow_ip_literals.
type IPPolicy uint8

// The policies for servers named by an IP address.
const (
	IPKeep  IPPolicy = iota // as it is in the room
	IPAllow                 // they may enter
	IPDeny                  // they may not, unless one of them is protected
)

// Room is what compiling needs to know of one room.
type Room struct {
	Current json.RawMessage // content of the present ACL, nil if there is none
	Managed []string        // deny entries we wrote earlier, from the last Result
	Present map[string]int  // servers with members here; chooses what to drop when all will not fit

	IPLiterals IPPolicy
	// OpenAllow repairs a present ACL that allows nobody, such as a redacted one,
	// by allowing everybody that is not denied. Without it that is a LockoutError,
	// for only a moderator can know whether the room was shut on purpose.
	OpenAllow bool
}

// Result is the ACL to send.
type Result struct {
	Content json.RawMessage // nil if the room has an equivalent ACL already
	Managed []string        // deny entries that are ours once Content is sent
	Dropped []Dropped       // rules that are not followed here
}

// Input is everything that Compile needs.
type Input struct {
	Room
	Rules     iter.Seq[Rule]
	Protected []string // server names that must never be shut out
}

// Compile makes the ACL of one room. Those who have many rooms keep a Compiler.
func Compile(in Input) (Result, error) {
	c := NewCompiler()
	if in.Rules != nil {
		for r := range in.Rules {
			c.Add(r)
		}
	}
	c.Protect(slices.Values(in.Protected))
	return c.Compile(in.Room)
}

// Compile makes the ACL of one room. Its error is a *LockoutError if the ACL would
// shut out a protected server through no rule of ours, or ErrTooLarge; there is
// nothing to send then, and Managed stays as it was.
func (c *Compiler) Compile(room Room) (Result, error) {
	c.refresh()
	d := newDraft(room)
	d.dropped = slices.Clone(c.dropped)
	d.setIPLiterals(room.IPLiterals, c.protected)
	if len(c.deny) == 0 && !d.now.Present && d.ip {
		return Result{Dropped: d.dropped}, nil
	}
	d.ours = d.missing(c.deny)
	if err := d.check(d.theirs, c.protected); err != nil {
		return Result{Managed: slices.Clone(room.Managed), Dropped: d.dropped}, err
	}
	if d.unchanged(room, c.protected) {
		return Result{Managed: d.ours, Dropped: d.dropped}, nil
	}
	content, err := d.fit(room.Present, c)
	if err != nil {
		return Result{Managed: slices.Clone(room.Managed), Dropped: d.dropped}, err
	}
	result := Result{Managed: d.ours, Dropped: d.dropped}
	if d.unchanged(room, c.protected) {
		return result, nil
	}
	// The rules were weighed one by one; what counts is how servers read the whole, which is alike.
	if err := lockout(Parse(content), c.protected, Specification, Synapse, Dendrite); err != nil {
		return Result{Managed: slices.Clone(room.Managed), Dropped: d.dropped}, err
	}
	result.Content = content
	return result, nil
}

// draft is the ACL of one room in the making.
type draft struct {
	now     ACL                        // Deny in canonical form
	keys    map[string]json.RawMessage // of the content to send
	theirs  []string                   // deny entries that are not ours, sorted
	ours    []string                   // sorted
	allow   []string
	ip      bool
	opened  bool // allow was repaired
	clean   bool // the present content means the same to all homeservers
	dropped []Dropped
}

func newDraft(room Room) *draft {
	d := &draft{now: ACL{AllowIPLiterals: true}, keys: map[string]json.RawMessage{}}
	if len(room.Current) > 0 {
		if keys := wire.Fields(room.Current); keys != nil {
			d.keys = keys
		}
		d.now, d.clean = read(d.keys)
		maps.DeleteFunc(d.keys, func(key string, _ json.RawMessage) bool { return misspelt(key) })
	}
	d.ip = d.now.AllowIPLiterals
	for _, entry := range d.now.Allow {
		if entry != "" { // which matches no server, or with Dendrite every one
			d.allow = append(d.allow, glob.Fold(entry))
		}
	}
	d.clean = d.clean && slices.Equal(d.allow, d.now.Allow)
	if !d.now.Present || room.OpenAllow && len(d.allow) == 0 {
		d.allow, d.opened = []string{"*"}, true
	}
	managed := canonical(room.Managed)
	d.now.Deny = canonical(d.now.Deny)
	d.theirs = slices.DeleteFunc(slices.Clone(d.now.Deny), func(e string) bool {
		_, found := slices.BinarySearch(managed, e)
		return found || e == ""
	})
	return d
}

// canonical is lower case, sorted and without repeats, in a slice of its own.
func canonical(entries []string) []string {
	folded := make([]string, len(entries))
	for i, e := range entries {
		folded[i] = glob.Fold(e)
	}
	slices.Sort(folded)
	return slices.Compact(folded)
}

func (d *draft) setIPLiterals(policy IPPolicy, protected []string) {
	switch policy {
	case IPAllow:
		d.ip = true
	case IPDeny:
		if i := slices.IndexFunc(protected, isIPLiteral); i >= 0 {
			d.dropped = append(d.dropped, Dropped{Entity: "allow_ip_literals", Reason: IPLiteralNeeded, Server: protected[i]})
			break
		}
		d.ip = false
	}
	if _, ok := d.keys[keyIP]; !ok { // which means one thing to Dendrite and another to others
		d.clean = d.clean && !slices.ContainsFunc(protected, isIPLiteral)
	}
}

// missing are the entries of deny that the hand-made ones do not cover already.
func (d *draft) missing(deny []string) []string {
	hand := newCover(d.theirs)
	return slices.DeleteFunc(slices.Clone(deny), func(e string) bool {
		_, found := slices.BinarySearch(d.theirs, e)
		return found || hand.covers(e)
	})
}

func (d *draft) check(deny, protected []string) error {
	return lockout(ACL{Present: true, Allow: d.allow, Deny: deny, AllowIPLiterals: d.ip}, protected, Specification, Synapse, Dendrite)
}

func (d *draft) deny() []string {
	both := append([]string{}, d.theirs...) // empty must become [], not null
	both = append(both, d.ours...)
	slices.Sort(both)
	return both
}

// unchanged reports whether the room's ACL can stay. What is written so that homeservers read it differently is
// rewritten if something of ours is in it, or a protected server is kept out by it; else it is not for us to touch.
func (d *draft) unchanged(room Room, protected []string) bool {
	same := d.now.Present && !d.opened && d.ip == d.now.AllowIPLiterals &&
		slices.Equal(d.deny(), slices.DeleteFunc(slices.Clone(d.now.Deny), func(e string) bool { return e == "" }))
	return same && (d.clean || len(d.ours) == 0 && Lockout(room.Current, slices.Values(protected)) == nil)
}

// encode writes what homeservers would read differently if it were left out or written as they found it.
func (d *draft) encode() (content json.RawMessage, err error) {
	if d.keys[keyAllow], err = encode(d.allow); err != nil {
		return nil, err
	}
	if d.keys[keyDeny], err = encode(d.deny()); err != nil {
		return nil, err
	}
	d.keys[keyIP] = json.RawMessage("false")
	if d.ip {
		d.keys[keyIP] = json.RawMessage("true")
	}
	return encode(d.keys)
}

// encode leaves <, > and & as they are: escaped, they would count six bytes each.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
