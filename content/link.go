package content

import (
	"cmp"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Link is an address that somebody put into a message.
type Link struct {
	// URL is the address as it is written, and Words what is shown of it; "" if that is the same.
	URL, Words string
	Scheme     string // in small letters; "" if it has none, as "example.com/x"
	Host       string // in one way of writing it, see Host; "" if it has none
	Port       string
	Path       string // with all that follows it
	IP         bool   // the host is an address and no name
	UserInfo   bool   // there is something before the host that looks like one: https://bank.example@evil.example
	// Maybe says that it may as well be the name of a file, a piece of a program, or the end of a sentence: "setup.py",
	// "user.name", "so.It is". Clients make links of such.
	Maybe bool
	// Aside says that ordinary clients do not show it: it stands in a quote above a reply, or in text that is not shown.
	Aside bool
	// Deceives says that its words name another host than that to which it leads.
	Deceives bool

	// What it is about in Matrix, if it is: one of User and Room is set then, and Event if it is a message. Room is an
	// address (#) or an ID (!).
	User  id.UserID
	Room  string
	Event id.EventID
}

// Invites reports whether it leads into a room.
func (l *Link) Invites() bool { return l.Room != "" && l.Event == "" }

// links is what is found in a message.
type links struct {
	all  []Link
	more bool // there are more than are kept
	sure bool // of these some are links for certain

	plain []id.UserID // that stand in text
	pills []id.UserID // that are linked to
	room  bool        // @room

	called int // characters of words of which all those are made that are called
	tried  int
}

// empty is what is found in a message in which there is nothing.
var empty links

// Links are all that lead somewhere, each once, those that are shown first: in text, with or without scheme, and in HTML.
// Users that are linked to are no links but Mentions.
func (m *Message) Links() []Link { return m.found().all }

// MoreLinks reports whether there are more than are looked at, or may be: what is no link, as times in a log are none, takes as
// long to be found out.
func (m *Message) MoreLinks() bool { return m.found().more }

// MissedLinks reports whether there are more, for certain, than are looked at: in HTML, or with a scheme.
func (m *Message) MissedLinks() bool { return m.found().sure }

func (m *Message) found() *links {
	if m == nil {
		return &empty
	}
	if m.links == nil {
		var l links
		w := m.told()
		if l.sure = w.missed; w.html != nil {
			l.sure = l.sure || w.html.missed
			for _, a := range w.html.ordered() {
				l.anchor(a)
			}
		}
		for _, a := range w.outer {
			l.anchor(a)
		}
		for _, p := range [...]struct {
			text  string
			aside bool
		}{{w.shown.raw, false}, {w.rest.viewed(), true}} {
			l.scan(p.text, p.aside)
		}
		if viewed := w.shown.viewed(); !isASCII(viewed) {
			if visible := visibleOnly(viewed); len(visible) != len(viewed) {
				l.scan(visible, false) // a host that is torn by what nobody sees
			}
		}
		l.more = l.more || l.sure
		if m.links = &empty; l.all != nil || l.plain != nil || l.pills != nil || l.room || l.more {
			found := l // so that where there is nothing nothing is kept
			m.links = &found
		}
	}
	return m.links
}

// anchor takes in a link of HTML.
func (l *links) anchor(a anchor) {
	if !l.try(a.href) {
		l.sure = true
		return
	}
	found, ok := parseLink(a.href, true)
	if !ok {
		return
	}
	found.Aside = a.aside
	words := strings.TrimSpace(a.words)
	if words != a.href {
		found.Words = words
	}
	if found.Host != "" && strings.IndexByte(words, '.') >= 0 {
		named := links{tried: l.tried}
		named.scan(words, false)
		l.tried = named.tried
		for _, said := range named.all {
			if said.Host == "" || said.Maybe {
				continue
			}
			if found.Deceives = !Within(said.Host, found.Host) && !Within(found.Host, strings.TrimPrefix(said.Host, "www.")); !found.Deceives {
				break
			}
		}
	}
	l.take(found, true)
	l.through(found)
}

// through takes in where a link leads that goes by way of another site.
func (l *links) through(found Link) {
	if strings.IndexByte(found.Path, '%') < 0 {
		return
	}
	if over := unescaped(found.Path); schemeIn(over) >= 0 && schemeIn(found.Path) < 0 && l.try(over) {
		if to, ok := parseLink(over[schemeIn(over):], false); ok {
			to.Aside = found.Aside
			l.take(to, false)
		}
	}
}

// take keeps a link that is not there yet.
func (l *links) take(found Link, linked bool) {
	if found.User != "" {
		if words := cmp.Or(found.Words, found.URL); !found.Aside && linked && !strings.HasPrefix(words, "@") {
			l.called += letters(words)
		}
		if !found.Aside && len(l.pills) < mostMentions && !slices.Contains(l.pills, found.User) {
			l.pills = append(l.pills, found.User)
		}
		return
	}
	for i := range l.all {
		known := &l.all[i]
		if known.Host == found.Host && known.Path == found.Path && known.Room == found.Room && known.Port == found.Port && known.Event == found.Event {
			known.Aside = known.Aside && found.Aside
			known.Maybe = known.Maybe && found.Maybe
			return
		}
	}
	if len(l.all) >= mostLinks {
		l.more = true
		l.sure = l.sure || linked || found.Scheme != ""
		return
	}
	l.all = append(l.all, found)
}

// parseLink reads an address; false if it is none. What is linked to may be anything, as example.com is without a scheme;
// what stands in text has to look like one.
func parseLink(s string, linked bool) (Link, bool) {
	l := Link{URL: s}
	if len(s) > mostSource || s == "" {
		return l, false
	}
	scheme, rest, ok := cutScheme(s)
	if !ok {
		return l, l.schemeless(s, linked)
	}
	if l.Scheme = scheme; scheme == "matrix" {
		return l, l.matrixURI(rest)
	}
	if !strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, `\`) {
		return l.opaque(s, linked)
	}
	// Browsers take any number of slashes, of either kind.
	rest = strings.TrimLeft(rest, `/\`)
	host := rest
	if i := pathIn(rest, true); i >= 0 {
		host, l.Path = rest[:i], rest[i:]
	}
	if l.authority(host); l.Host == "" {
		return l, linked
	}
	l.matrixTo()
	return l, true
}

// pathIn is where the path of an address begins, or what follows one; negative if nowhere.
func pathIn(s string, backslash bool) int {
	for i := range len(s) {
		if c := s[i]; c == '/' || c == '?' || c == '#' || backslash && c == '\\' {
			return i
		}
	}
	return -1
}

// opaque is an address that has no host, such as mailto:.
func (l Link) opaque(s string, linked bool) (Link, bool) {
	switch l.Scheme {
	case "mailto", "tel", "sms", "magnet", "bitcoin", "xmpp", "data", "javascript":
		return l, true
	case "http", "https": // https:example.com
		l.authority(strings.SplitN(s[len(l.Scheme)+1:], "/", 2)[0])
		return l, l.Host != ""
	}
	// A host with a port looks like a scheme.
	l.Scheme = ""
	return l, l.schemeless(s, linked)
}

// cutScheme parts an address from its scheme.
func cutScheme(s string) (scheme, rest string, ok bool) {
	colon := strings.IndexByte(s, ':')
	if colon < 2 || colon > 20 {
		return "", s, false
	}
	for i := range colon {
		if c := s[i]; !isLetter(c) && (i == 0 || c != '+' && c != '-' && (c < '0' || c > '9')) {
			return "", s, false
		}
	}
	return strings.ToLower(s[:colon]), s[colon+1:], true
}

// schemeless reads a host with or without a path.
func (l *Link) schemeless(s string, linked bool) bool {
	host := s
	if i := pathIn(s, false); i >= 0 {
		host, l.Path = s[:i], s[i:]
	}
	if strings.IndexByte(host, '.') < 0 && (isASCII(host) || !strings.ContainsAny(host, "。．｡")) {
		return linked
	}
	if strings.ContainsRune(host, '@') {
		return linked // an address of mail
	}
	l.authority(host)
	switch {
	case l.Host == "":
		return linked
	case l.IP:
		return l.Path != "" || l.Port != "" || linked
	case !isName(l.Host):
		return linked
	}
	l.Maybe = l.Path == "" && l.Port == "" && !linked && doubtful(host, l.Host)
	l.matrixTo()
	return true
}

// matrixTo reads what a link is about that leads to Matrix by way of the web.
//
// https://spec.matrix.org/v1.16/appendices/#matrixto-navigation
func (l *Link) matrixTo() {
	_, fragment, ok := strings.Cut(l.Path, "#/")
	if !ok {
		return
	}
	if l.Host != "matrix.to" {
		// Clients on the web have the same behind a word.
		kind, about, _ := strings.Cut(fragment, "/")
		if kind != "room" && kind != "user" {
			return
		}
		fragment = about
	}
	fragment, _, _ = strings.Cut(fragment, "?")
	first, second, _ := strings.Cut(fragment, "/")
	l.about(unescaped(first), unescaped(second))
}

// matrixURI reads a matrix: URI.
//
// https://spec.matrix.org/v1.16/appendices/#matrix-uri-scheme
func (l *Link) matrixURI(s string) bool {
	s = strings.TrimLeft(s, "/")
	s, _, _ = strings.Cut(s, "?")
	s, _, _ = strings.Cut(s, "#")
	parts := strings.SplitN(s, "/", 5)
	if len(parts) < 2 {
		return false
	}
	event := ""
	if len(parts) >= 4 && (parts[2] == "e" || parts[2] == "event") {
		event = "$" + unescaped(parts[3])
	}
	sigil := ""
	switch strings.ToLower(parts[0]) {
	case "u", "user":
		sigil = "@"
	case "r", "room":
		sigil = "#"
	case "roomid":
		sigil = "!"
	default:
		return false
	}
	l.about(sigil+unescaped(parts[1]), event)
	return l.User != "" || l.Room != ""
}

func (l *Link) about(what, event string) {
	if len(what) < 2 || len(what) > mostID {
		return
	}
	switch what[0] {
	case '@':
		l.User = id.UserID(what)
	case '#', '!':
		l.Room = what
		if strings.HasPrefix(event, "$") && len(event) <= mostID {
			l.Event = id.EventID(event)
		}
	}
}
