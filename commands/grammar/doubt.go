package grammar

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"forseti/text"
)

// doubted is why a message is not carried out that may be meant in more than one way. The texts are those ways, each
// with its users and rooms written out: whoever wrote it says which, or writes anew.
type doubted struct {
	error
	texts []string
}

func doubtful(why error, texts ...string) error { return doubted{why, texts} }

// doubt says why a message is not carried out, and what it may have meant.
func (h Hearer) doubt(why error, m Message) Heard {
	heard := Heard{Objection: why.Error()}
	d, _ := errors.AsType[doubted](why)
	for _, text := range d.texts {
		if line, ok := h.addressed(text, m.Mentioned); ok && line != "" && !slices.Contains(heard.Perhaps, line) {
			heard.Perhaps = append(heard.Perhaps, line)
		}
	}
	return heard
}

// asShown is the text of a formatted message with each mention written out by a word for it; "" if something of it is
// shown as code or as a quotation: then it may be no command at all.
func (h Hearer) asShown(pieces []piece, word func(piece) string) string {
	var b strings.Builder
	for _, p := range pieces {
		switch {
		case p.code || p.quoted:
			return ""
		case p.mentions() == nil:
			b.WriteString(p.text)
		default:
			b.WriteString(" " + word(p) + " ")
		}
	}
	return strings.TrimFunc(b.String(), IsSpace)
}

// byLink writes a mention out as its link has it, and bySaid as the name it shows, if that is an ID.
func (h Hearer) byLink(p piece) string { return h.written(*p.mentions()) }

func (h Hearer) bySaid(p piece) string {
	if p.link != nil && contradiction(p) != nil {
		said := strings.TrimFunc(p.text, unseen)
		if l, ok := ParseLink(said); ok {
			said = l.Target
		}
		return Link{Target: said}.String()
	}
	return h.byLink(p)
}

// mentions is where a piece leads that is a mention for sure or perhaps.
func (p piece) mentions() *Link {
	if p.link != nil {
		return p.link
	}
	return p.perhaps
}

// strangeLink says that a link may be a mention, by a client that nobody here knows.
func strangeLink(href string, l Link) error {
	return object("%s is a link of no kind that I know, so I cannot tell whether it means %s, and did nothing. Write whom you mean as plain text.",
		text.Code(text.Clip(href, 100)), text.Code(l.Target))
}

// LikeLink gives whom or what the address of a page names, if it is one user or room: the page may be that of a client
// which shows them.
func LikeLink(href string) *Link {
	_, rest, web := strings.Cut(href, "://")
	_, path, found := strings.Cut(rest, "/")
	if !web || !found || len(href) > mostLink {
		return nil
	}
	var only *Link
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/?&=", r) }) {
		name, err := url.PathUnescape(part)
		if err != nil || len(name) < 2 || !strings.ContainsRune("@#!", rune(name[0])) {
			continue
		}
		if name[0] == '#' && strings.ContainsRune("@!#", rune(name[1])) { // #@name:server, where no slash stands between
			name = name[1:]
		}
		local, server, full := strings.Cut(name, ":")
		if !full || len(local) < 2 || strings.ContainsFunc(name, IsSpace) || !ValidServer(server) {
			continue
		}
		if only != nil && only.Target != name {
			return nil
		}
		only = &Link{Target: name}
	}
	return only
}
