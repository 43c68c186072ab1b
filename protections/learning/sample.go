package learning

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
)

// Sample is a message that somebody marked, or that has stood for a while.
type Sample struct {
	ID       string // follows from the message
	Class    Class
	By       id.UserID // who marked or imported it; nobody if it has stood
	Imported bool
	At       time.Time
	// Text and Hosts are what it says, of spam alone: it is to be found again. Of what is none only
	// hashes are kept.
	Text  string
	Hosts []string
	// Secret says that it was said in an encrypted room.
	Secret bool

	author uint32   // of one that has stood: a hash of who wrote it
	hashes []uint32 // of its features, sorted
	print  *content.Fingerprint
	alike  int // how many others are near-equal to it
}

// mostText is how much of a text is kept, in bytes.
const mostText = 2000

// Row is a sample as it is stored; without a Body it is forgotten.
type Row struct {
	ID   string
	Kind string
	At   time.Time
	Body []byte
}

// stored is the body of a row.
type stored struct {
	By       id.UserID `json:"by,omitempty"`
	Imported bool      `json:"imported,omitempty"`
	Text     string    `json:"text,omitempty"`
	Hosts    []string  `json:"hosts,omitempty"`
	Hashes   []byte    `json:"hashes,omitempty"` // of ham
	Author   uint32    `json:"author,omitempty"`
	Secret   bool      `json:"secret,omitempty"`
}

func (s *Sample) row() Row {
	body := stored{By: s.By, Imported: s.Imported, Text: s.Text, Hosts: s.Hosts, Author: s.author, Secret: s.Secret}
	if s.Class == Ham {
		for _, h := range s.hashes {
			body.Hashes = binary.LittleEndian.AppendUint32(body.Hashes, h)
		}
	}
	raw, _ := json.Marshal(body) // text and numbers always marshal
	return Row{ID: s.ID, Kind: string(s.Class), At: s.At, Body: raw}
}

// sampleOf gives the sample of a row.
func (b *Book) sampleOf(row Row) (*Sample, error) {
	var body stored
	if err := json.Unmarshal(row.Body, &body); err != nil {
		return nil, err
	}
	one := &Sample{ID: row.ID, Class: Class(row.Kind), By: body.By, Imported: body.Imported, At: row.At, Text: body.Text, Hosts: body.Hosts, Secret: body.Secret, author: body.Author}
	switch one.Class {
	case Spam:
		b.fill(one)
	case Ham:
		if len(body.Hashes)%4 != 0 || len(body.Hashes) > 4*mostFeatures {
			return nil, fmt.Errorf("%d bytes of hashes", len(body.Hashes))
		}
		for raw := body.Hashes; len(raw) > 0; raw = raw[4:] {
			one.hashes = append(one.hashes, binary.LittleEndian.Uint32(raw))
		}
		slices.Sort(one.hashes)
		one.hashes = slices.Compact(one.hashes)
	default:
		return nil, fmt.Errorf("a sample of class %q", row.Kind)
	}
	return one, nil
}

// fill works out of spam by what it is found again.
func (b *Book) fill(one *Sample) {
	said := content.NewText(one.Text)
	one.hashes, one.print = b.reader.read(said, one.Hosts).hashes(), said.Fingerprint()
}

// near is how much of their features two short samples have in common that are taken for
// near-equal.
const near = 0.5

// isNear tells whether two samples are near-equal, so that they count as one.
func (s *Sample) isNear(o *Sample) bool {
	if s.Class != o.Class {
		return false
	}
	if s.print != nil && o.print != nil && s.print.Likeness(o.print) >= content.Near {
		return true
	}
	return alike(s.hashes, o.hashes) >= near
}

// alike is what share of all that either has both have.
func alike(a, b []uint32) float64 {
	if len(a) == 0 || len(b) == 0 || float64(min(len(a), len(b))) < near*float64(max(len(a), len(b))) {
		return 0
	}
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// said is what of a message is looked at and kept: what people saw, without whom it names.
func said(m *content.Message) *content.Text { return saidIn(m.Shown()) }

func saidIn(shown *content.Text) *content.Text {
	kept := anonymous(shown.String()[:runeEnd(shown.String(), mostText)])
	if len(kept) == len(shown.String()) {
		return shown // its views are made already
	}
	return content.NewText(kept)
}

// anonymous leaves the names of users out of a text: they are no part of what is learned, nor of
// what is shown to others.
func anonymous(s string) string {
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		end := strings.IndexAny(s, " \n\t")
		if end < 0 {
			end = len(s)
		}
		word, at := s[:end], strings.IndexByte(s[:end], '@')
		if colon := strings.IndexByte(word, ':'); at >= 0 && colon > at+1 && strings.IndexByte(word[:colon], '/') < 0 {
			word = word[:at+1]
		}
		out.WriteString(word)
		if end < len(s) {
			out.WriteByte(s[end])
			end++
		}
		s = s[end:]
	}
	return out.String()
}

// hosts are where a message leads to: hosts, and rooms. Who is named in it, and which messages,
// says nothing of it.
func hosts(m *content.Message) (all []string) {
	for _, l := range m.Links() {
		to := l.Host
		if l.Room != "" {
			to = l.Room
		}
		if l.Maybe || l.Aside || l.User != "" || l.Event != "" || to == "" || len(to) > mostHost || slices.Contains(all, to) {
			continue
		}
		if all = append(all, to); len(all) == mostHosts {
			break
		}
	}
	return all
}

// mostHost is how long a host, or an address of a room, may be, in bytes.
const mostHost = 255
