package content

import (
	"bytes"
	"slices"

	"forseti/wire"
)

// shape is what JSON a field holds.
type shape byte

const (
	aText    shape = '"'
	anObj    shape = '{'
	aList    shape = '['
	aNumber  shape = '0'
	aTruth   shape = 't'
	nothing  shape = 'n'
	anyShape shape = 0 // whatever it is
)

func shapeOf(value []byte) shape {
	switch value[0] {
	case '"', '{', '[', 'n':
		return shape(value[0])
	case 't', 'f':
		return aTruth
	}
	return aNumber
}

func (s shape) String() string {
	switch s {
	case aText:
		return "a text"
	case anObj:
		return "an object"
	case aList:
		return "a list"
	case aNumber:
		return "a number"
	case aTruth:
		return "true or false"
	}
	return "null"
}

// field is one that is read of content, by its newest name, and where its value is, which has the shape that it should.
type field struct {
	name     string
	from, to uint32
}

// known gives a field by any name that it has or had, and what it should hold; "" if nothing is read of it.
func known(name []byte) (string, shape) {
	switch string(name) {
	case "body":
		return "body", aText
	case "msgtype":
		return "msgtype", aText
	case "format":
		return "format", aText
	case "formatted_body":
		return "formatted_body", aText
	case "filename":
		return "filename", aText
	case "url":
		return "url", aText
	case "geo_uri":
		return "geo_uri", aText
	case "name":
		return "name", aText
	case "topic":
		return "topic", aText
	case "reason":
		return "reason", aText
	case "displayname":
		return "displayname", aText
	case "avatar_url":
		return "avatar_url", aText
	case "description":
		return "description", aText
	case "membership":
		return "membership", aText
	case "alias":
		return "alias", aText
	case "file":
		return "file", anObj
	case "info":
		return "info", anObj
	case "m.relates_to":
		return "m.relates_to", anObj
	case "m.new_content":
		return "m.new_content", anObj
	case "m.mentions":
		return "m.mentions", anObj
	case "m.poll":
		return "m.poll", anObj
	case "org.matrix.msc3381.poll.start":
		return "org.matrix.msc3381.poll.start", anObj
	case "m.topic", "org.matrix.msc3765.topic":
		return "m.topic", anObj
	case "images":
		return "images", anObj
	case "pack":
		return "pack", anObj
	case "m.location", "org.matrix.msc3488.location":
		return "m.location", anObj
	case "m.per_message_profile", "com.beeper.per_message_profile":
		return "m.per_message_profile", anObj
	case "itemtypes":
		return "itemtypes", aList
	case "m.url_previews", "com.beeper.linkpreviews":
		return "m.url_previews", aList
	case "m.text":
		return "m.text", anyShape
	case "org.matrix.msc1767.text":
		return "org.matrix.msc1767.text", anyShape
	case "m.caption", "org.matrix.msc1767.caption":
		return "m.caption", anyShape
	case "m.voice", "org.matrix.msc3245.voice", "org.matrix.msc3245.voice.v2":
		return "m.voice", anyShape
	case "m.forwarded", "com.famedly.app.forwarded", "xyz.extera.forward":
		return "m.forwarded", anyShape
	}
	return "", anyShape
}

// fields are those of an object that are read, each once: of a name that comes twice the last counts.
type fields struct {
	raw []byte
	all []field
	few [3]field // where all begins: most have no more
	// odd are values that nothing is read of: under names that are not known, or of a shape that nobody expects there.
	odd  [][]byte
	any  bool
	more bool // there are more of those

	counted int // what characters says, and one; 0 if nobody asked
}

// mostOdd is how many of them are kept.
const mostOdd = 50

// read takes in an object. What is wrong of it is told by name.
func (f *fields) read(raw []byte, wrong func(what string)) {
	f.raw = raw
	wrongs := 0
	whole := wire.Each(raw, func(name, value []byte) {
		f.any = true
		as, want := known(name)
		if as == "" {
			f.leave(value)
			return
		}
		switch is := shapeOf(value); {
		case is == nothing:
			return // as many a client says that there is none
		case want != anyShape && is != want:
			f.leave(value)
			if wrongs++; wrongs <= mostFaults {
				wrong(as + " is " + is.String())
			}
			return
		}
		// What is given is a part of raw, so that what is left of it tells where.
		to := uint32(cap(raw) - cap(value) + len(value))
		found := field{as, to - uint32(len(value)), to}
		i := slices.IndexFunc(f.all, func(f field) bool { return f.name == as })
		switch {
		case i >= 0:
			f.all[i] = found
		case f.all == nil:
			f.all = append(f.few[:0], found)
		default:
			f.all = append(f.all, found)
		}
	})
	if !whole {
		*f = fields{}
	}
}

func (f *fields) leave(value []byte) {
	if is := shapeOf(value); is == aNumber || is == aTruth || is == nothing {
		return
	}
	if len(f.odd) < mostOdd {
		f.odd = append(f.odd, value)
	} else {
		f.more = true
	}
}

// of is a field's value; nil if there is none.
func (f *fields) of(name string) []byte {
	for i := range f.all {
		if f.all[i].name == name {
			return f.raw[f.all[i].from:f.all[i].to]
		}
	}
	return nil
}

func (f *fields) has(name string) bool { return f.of(name) != nil }

// characters is how many the longest text of a message has that is longer than what is read of one; 0 if none is.
func (f *fields) characters() int {
	if f.counted == 0 {
		n := 0
		for _, name := range [...]string{"body", "formatted_body"} {
			if raw := f.of(name); len(raw) > mostText {
				n = max(n, charactersOf(raw))
			}
		}
		f.counted = n + 1
	}
	return f.counted - 1
}

// endless tells whether a text is longer than anybody lets pass, so that less of it is looked at.
func (f *fields) endless() bool { return f.characters() > MostWhole }

// mostText is how many bytes of its texts are read.
func (f *fields) mostText() int {
	if f.endless() {
		return mostText / 2
	}
	return mostText
}

// text is a field's text, most bytes of it at the most.
func (f *fields) text(name string, most int) string { return written(f.of(name), most) }

// written is what a text says; of a longer one than most bytes its beginning and its end. To decode sixty thousand escapes
// takes longer than all else that is done with a message.
func written(raw []byte, most int) string {
	if len(raw) == 0 || raw[0] != '"' {
		return ""
	}
	if len(raw) <= most+2 {
		return wire.Text(raw)
	}
	short := make([]byte, 0, most+2)
	short = append(short, raw[:cut(raw, most-most/4)]...)
	if tail := resume(raw, len(raw)-most/4+2); tail < len(raw)-1 {
		short = append(append(short, `\n`...), raw[tail:]...)
	} else {
		short = append(short, '"')
	}
	return wire.Clip(wire.Text(short), most)
}

// resume is where quoted text can begin, at a place or a little behind it, so that neither an escape nor a character is torn;
// the end if there is no such place.
func resume(raw []byte, at int) int {
	const longest = len(`\u0000`)
	clear := 0 // how many bytes there were since the last that an escape may begin with
	for i := max(at-longest, 1); i < len(raw)-1 && i < at+1000; i++ {
		if raw[i] == '\\' {
			clear = 0
			continue
		}
		if clear++; clear > longest && i >= at && raw[i]&0xc0 != 0x80 {
			return i
		}
	}
	return len(raw)
}

// cut is where quoted text can end, at a place or a little before it, so that no escape is torn.
func cut(raw []byte, at int) int {
	first := bytes.IndexByte(raw[:at], '\\')
	for i := first; 0 < i && i < at; {
		next := i + 1
		if raw[i] == '\\' {
			if next++; raw[i+1] == 'u' {
				next += 4
			}
		}
		if next > at {
			return i
		}
		i = next
	}
	for at > 1 && raw[at]&0xc0 == 0x80 { // nor a character
		at--
	}
	return at
}
