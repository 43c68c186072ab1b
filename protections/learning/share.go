package learning

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"
)

// Line is a sample of spam as communities give it to each other: what people saw, without whom
// it names or who marked it.
type Line struct {
	Text  string   `json:"text"`
	Hosts []string `json:"hosts,omitempty"`
}

// Export gives the samples that moderators of this community marked as spam, as text in parts of
// at most so many bytes: a sample on a line, as JSON, the youngest first. What is no spam is nobody
// else's matter, what was imported is not passed on, and what was said in encrypted rooms only
// where it may be.
func (b *Book) Export(most int, secret bool) (parts []string) {
	var part strings.Builder
	for _, s := range b.Spam() {
		if s.Imported || s.Secret && !secret {
			continue
		}
		raw := line(s)
		if part.Len()+len(raw) >= most && part.Len() > 0 {
			parts = append(parts, part.String())
			part.Reset()
		}
		part.Write(raw)
		part.WriteByte('\n')
	}
	if part.Len() > 0 {
		parts = append(parts, part.String())
	}
	return parts
}

func line(s *Sample) []byte {
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false)
	_ = to.Encode(Line{s.Text, s.Hosts}) // text always marshals
	return bytes.TrimSpace(out.Bytes())
}

// Imported is what came of an import.
type Imported struct {
	Taken int
	Known int // that were known before, or are near-equal to many
}

// ReadLines reads what was exported, whole or not at all. An error says which line is wrong and
// what would be right.
func ReadLines(text string) ([]Line, error) {
	var lines []Line
	n := 0
	for written := range strings.Lines(text) {
		n++
		if written = strings.TrimSpace(written); written == "" || strings.HasPrefix(written, "#") {
			continue
		}
		line, err := readLine(written)
		if err != nil {
			return nil, fmt.Errorf("line %d %w", n, err)
		}
		if lines = append(lines, line); len(lines) > MostImported {
			return nil, fmt.Errorf("it has more than %d samples, which is as many as can be taken from others", MostImported)
		}
	}
	if len(lines) == 0 {
		return nil, errors.New(`there is no sample in it; one is a line such as {"text":"buy now","hosts":["shop.example"]}`)
	}
	return lines, nil
}

func readLine(written string) (line Line, err error) {
	decoder := json.NewDecoder(strings.NewReader(written))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&line); err != nil {
		return line, errors.New(`is no sample; one looks like {"text":"buy now","hosts":["shop.example"]}`)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return line, errors.New("has something behind its sample; each sample stands on a line of its own")
	}
	switch {
	case line.Text == "" && len(line.Hosts) == 0:
		return line, errors.New("has neither text nor hosts")
	case len(line.Text) > mostText:
		return line, fmt.Errorf("has a text of %d bytes; it may have %d", len(line.Text), mostText)
	case !utf8.ValidString(line.Text):
		return line, errors.New("is not in UTF-8")
	case len(line.Hosts) > mostHosts:
		return line, fmt.Errorf("has %d hosts; it may have %d", len(line.Hosts), mostHosts)
	case slices.ContainsFunc(line.Hosts, func(h string) bool { return h == "" || len(h) > mostHost }):
		return line, errors.New("has a host that is none")
	}
	return line, nil
}

// Fits says how many samples of others are new here, and whether there is space for them.
func (b *Book) Fits(lines []Line) (fresh int, err error) {
	all, _, err := b.fresh("", lines, time.Time{})
	return len(all), err
}

// Import takes samples of others. They are those of who imports them, weigh less than what was
// marked here, and give way to it. It is all of them or none.
func (b *Book) Import(by id.UserID, lines []Line, at time.Time) (done Imported, err error) {
	fresh, known, err := b.fresh(by, lines, at)
	if err != nil {
		return Imported{}, err
	}
	for _, one := range fresh {
		b.add(one)
	}
	return Imported{Taken: len(fresh), Known: known}, nil
}

// fresh are the samples that are new here. Near-equal ones are one.
func (b *Book) fresh(by id.UserID, lines []Line, at time.Time) (fresh []*Sample, known int, err error) {
	for _, l := range lines {
		one := b.imported(by, l, at)
		if b.samples[one.ID] != nil || len(one.hashes) == 0 || len(b.alikes(one)) > 0 || slices.ContainsFunc(fresh, one.isNear) {
			known++
			continue
		}
		fresh = append(fresh, one)
	}
	imported := b.count(func(s *Sample) bool { return s.Class == Spam && s.Imported })
	space := min(MostImported-imported, MostSpam-b.count(func(s *Sample) bool { return s.Class == Spam }))
	if len(fresh) > space {
		return nil, 0, fmt.Errorf("it has %d samples that are new here, and there is space for %d: at most %d may be others'", len(fresh), max(space, 0), MostImported)
	}
	return fresh, known, nil
}

func (b *Book) imported(by id.UserID, l Line, at time.Time) *Sample {
	one := &Sample{
		ID: "i" + b.name(id.EventID(l.Text + "\x00" + strings.Join(l.Hosts, "\x00")))[1:], Class: Spam, By: by, Imported: true,
		At: at.Truncate(time.Millisecond), Text: anonymous(l.Text), Hosts: l.Hosts,
	}
	b.fill(one)
	return one
}
