package acl

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"slices"

	"forseti/glob"
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
	Full    bool            // and some more, for not all fit: see Excess
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
// nothing to send then, and Managed stays as it was. Rooms that are alike share a result,
// of which nothing must be changed.
func (c *Compiler) Compile(room Room) (Result, error) {
	c.refresh()
	return c.answer(room)
}

// compile also reports whether who is in the room made a difference.
func (c *Compiler) compile(room Room, needed func() []*entry) (r Result, full bool, err error) {
	d := c.draft(room)
	d.dropped = c.Dropped()
	d.setIPLiterals(room.IPLiterals, c.protected)
	if len(c.deny) == 0 && !d.now.Present && d.ip {
		return Result{Dropped: d.dropped}, false, nil
	}
	none := Result{Managed: slices.Clone(room.Managed), Dropped: d.dropped}
	if err := d.check(d.theirs, c.named); err != nil {
		return none, false, err
	}
	if d.stays(c.deny) {
		d.ours = d.present
		if d.unchanged(room, c.named) {
			return Result{Managed: d.ours, Dropped: d.dropped}, false, nil
		}
	}
	content, err := d.fit(needed, c)
	if err != nil {
		return none, false, err
	}
	result := Result{Managed: d.ours, Dropped: d.dropped, Full: d.full}
	if d.unchanged(room, c.named) {
		return result, d.full, nil
	}
	// The rules were weighed one by one; what counts is how servers read the whole, which is alike.
	if err := lockout(c.answered.parsed(content).now, c.named, Specification, Synapse, Dendrite); err != nil {
		return none, d.full, err
	}
	result.Content = content
	return result, d.full, nil
}

// draft is the ACL of one room in the making.
type draft struct {
	now     ACL                        // Deny in canonical form
	keys    map[string]json.RawMessage // of the content to send
	theirs  []string                   // deny entries that are not ours, sorted
	present []string                   // those that are, sorted
	hand    *cover                     // of theirs, nil if there are none
	ours    []string                   // sorted
	allow   []string
	ip      bool
	opened  bool // allow was repaired
	clean   bool // the present content means the same to all homeservers
	full    bool // not all of ours fits
	dropped []Dropped
}

func (c *Compiler) draft(room Room) *draft {
	d := &draft{now: ACL{AllowIPLiterals: true}, keys: map[string]json.RawMessage{}}
	if len(room.Current) > 0 {
		p := c.answered.parsed(room.Current)
		d.now, d.clean = p.now, p.clean
		d.now.Deny = p.deny
		maps.Copy(d.keys, p.keys)
		maps.DeleteFunc(d.keys, func(key string, _ json.RawMessage) bool { return misspelt(key) })
	}
	d.ip = d.now.AllowIPLiterals
	d.allow = allowed(d.now.Allow)
	d.clean = d.clean && slices.Equal(d.allow, d.now.Allow)
	if !d.now.Present || room.OpenAllow && len(d.allow) == 0 {
		d.allow, d.opened = []string{"*"}, true
	}
	managed := room.Managed
	if !c.answered.made(managed) {
		managed = canonical(managed)
	}
	for _, e := range d.now.Deny {
		for len(managed) > 0 && managed[0] < e {
			managed = managed[1:]
		}
		switch {
		case len(managed) > 0 && managed[0] == e:
			d.present = append(d.present, e)
		case e != "":
			d.theirs = append(d.theirs, e)
		}
	}
	if len(d.theirs) > 0 {
		d.hand = new(newCover(d.theirs))
	}
	return d
}

// allowed are entries of allow as all homeservers understand them. Dendrite takes letters as they are: an entry with
// capitals stands there in small letters as well, and as it was, for whom it let in with capitals in their name.
func allowed(written []string) (all []string) {
	var folded []string
	for _, entry := range written {
		if entry == "" { // which matches no server, or with Dendrite every one
			continue
		}
		all = append(all, entry)
		if small := glob.Fold(entry); small != entry {
			folded = append(folded, small)
		}
	}
	if len(folded) == 0 {
		return all
	}
	there := make(map[string]bool, len(all))
	for _, entry := range all {
		there[entry] = true
	}
	for _, small := range folded {
		if !there[small] {
			there[small] = true
			all = append(all, small)
		}
	}
	return all
}

// canonical is lower case, sorted and without repeats, in a slice of its own.
func canonical(entries []string) []string {
	folded := make([]string, len(entries))
	sorted := true
	for i, e := range entries {
		folded[i] = glob.Fold(e)
		sorted = sorted && (i == 0 || folded[i-1] <= folded[i])
	}
	if !sorted {
		slices.Sort(folded)
	}
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

// byHand reports whether the hand-made entries say the same already.
func (d *draft) byHand(e *entry) bool {
	if d.hand == nil {
		return false
	}
	_, found := slices.BinarySearch(d.theirs, e.text)
	return found || d.hand.covers(&e.pattern)
}

// stays reports whether the entries of ours that are there are those that should be, if
// there were room for all.
func (d *draft) stays(deny []*entry) bool {
	left := d.present
	for _, e := range deny {
		switch {
		case d.byHand(e):
		case len(left) > 0 && left[0] == e.text:
			left = left[1:]
		default:
			return false
		}
	}
	return len(left) == 0
}

func (d *draft) check(deny, protected []string) error {
	return lockout(ACL{Present: true, Allow: d.allow, Deny: deny, AllowIPLiterals: d.ip}, protected, Specification, Synapse, Dendrite)
}

func (d *draft) deny() []string {
	if len(d.theirs) == 0 && len(d.ours) > 0 {
		return d.ours
	}
	both := append([]string{}, d.theirs...) // empty must become [], not null
	both = append(both, d.ours...)
	slices.Sort(both)
	return both
}

// unchanged reports whether the room's ACL can stay. What is written so that homeservers read it differently is
// rewritten if something of ours is in it, or a protected server is kept out by it; else it is not for us to touch.
func (d *draft) unchanged(room Room, protected []string) bool {
	// They are sorted, and none is there twice.
	same := d.now.Present && !d.opened && d.ip == d.now.AllowIPLiterals && slices.Equal(d.ours, d.present)
	return same && (d.clean || len(d.ours) == 0 && Lockout(room.Current, slices.Values(protected)) == nil)
}

// encode writes what homeservers would read differently if it were left out or written as they found it.
func (d *draft) encode() (content json.RawMessage, err error) {
	d.keys[keyAllow], d.keys[keyDeny] = appendTexts(nil, d.allow), appendTexts(nil, d.deny())
	d.keys[keyIP] = json.RawMessage("false")
	if d.ip {
		d.keys[keyIP] = json.RawMessage("true")
	}
	b := bytes.NewBuffer(make([]byte, 0, len(d.keys[keyDeny])+200))
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(d.keys)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(appendText(nil, key))
		b.WriteByte(':')
		if key == keyDeny { // which may be long, and is compact
			b.Write(d.keys[key])
		} else if err := json.Compact(b, d.keys[key]); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func appendTexts(to []byte, texts []string) []byte {
	to = append(to, '[')
	for i, text := range texts {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendText(to, text)
	}
	return append(to, ']')
}

// appendText leaves <, > and & as they are: escaped, they would count six bytes each. To
// write thousands of plain names as JSON writes any text takes ten times as long.
func appendText(to []byte, text string) []byte {
	if !plain(text) {
		raw, _ := encode(text) // strings always can be
		return append(to, raw...)
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"')
}

// plain reports whether a text is in JSON as it is.
func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
