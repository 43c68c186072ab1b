package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/servername"
	"forseti/text"
)

// mostNamed is how many users, servers, rooms or messages one command may name.
const mostNamed = 50

// args gives all that was written for a parameter that takes several.
func args[T any](c *call, name string) []T {
	all, _ := c.args[name].([]any)
	return typed[T](all)
}

// options gives all values of a flag that may be given several times.
func options[T any](c *call, name string) []T {
	all, _ := c.flags[name].([]any)
	return typed[T](all)
}

func typed[T any](all []any) []T {
	values := make([]T, 0, len(all))
	for _, v := range all {
		if v, ok := v.(T); ok {
			values = append(values, v)
		}
	}
	return values
}

// bindSeveral takes the words at the beginning that belong to a parameter, and gives those
// that do not. The first is one whatever it is; of those after it, all that are written as
// one, and a mistake in any is a mistake in the command. Nothing that is quoted is one, and
// nothing after open.
func bindSeveral(c *call, at int, words []grammar.Word, open int) ([]grammar.Word, error) {
	p := c.command.params[at]
	words, open = withoutAnd(c, p, words, open)
	n := 1
	for n < min(len(words), open) && !words[n].Quoted && p.value.like(c, words[n]) && !listNext(c, at, words[n]) {
		n++
	}
	if n > 1 && endsInList(c, at, words, n) {
		n--
	}
	if n > mostNamed {
		return nil, refuse("That is %d at once, and one command is about %d at most. Write several commands, or a pattern.", n, mostNamed)
	}
	var all []any
	for i, w := range words[:n] {
		v, err := p.value.parse(c, w)
		switch {
		case err != nil && i > 0 && at+1 < len(c.command.params):
			return nil, refuse("%s Nothing was done. If it begins the %s, put that in quotes.", c.explain(err), c.command.params[len(c.command.params)-1].name)
		case err != nil:
			return nil, err
		}
		all = append(all, v)
	}
	c.args[p.name] = all
	mistakable(c, at, words, n)
	return words[n:], nil
}

// withoutAnd leaves out the words that join users at the beginning, as in "@one:example.org and @two:example.org": such a
// word begins no reason, which would be about the second.
func withoutAnd(c *call, p param, words []grammar.Word, open int) ([]grammar.Word, int) {
	all := words[:1:1]
	for i := 1; i < len(words); i++ {
		between := i+1 < min(open, len(words)) && !words[i].Quoted && ands[strings.ToLower(words[i].Text)] && strings.HasPrefix(words[i+1].Text, "@") && p.value.like(c, words[i+1])
		switch {
		case between:
			open--
		case i < open && !words[i].Quoted && p.value.like(c, words[i]):
			all = append(all, words[i])
		default:
			return append(all, words[i:]...), open
		}
	}
	return all, open
}

// ands join two things in some of the languages that moderators speak.
var ands = map[string]bool{"and": true, "&": true, "+": true, ",": true, "und": true, "et": true, "y": true, "e": true, "en": true, "och": true, "og": true, "i": true, "и": true}

// listNext reports whether a word names the list that is written after a parameter.
func listNext(c *call, at int, w grammar.Word) bool {
	return takesList(c, at+1) && namesList(c, w)
}

func takesList(c *call, at int) bool {
	return at < len(c.command.params) && c.command.params[at].value.list
}

func namesList(c *call, w grammar.Word) bool {
	if w.Quoted {
		return false
	}
	ref, err := parseRoom(w.Text)
	return err == nil && c.watches(ref) || len(c.called(w.Text)) > 0
}

// endsInList reports whether the last of some words is a room that stands where a list is
// written: behind what is no room, with no list behind it.
func endsInList(c *call, at int, words []grammar.Word, n int) bool {
	return takesList(c, at+1) && writtenRoom(words[n-1]) && !writtenRoom(words[0]) && !(n < len(words) && namesList(c, words[n]))
}

func writtenRoom(w grammar.Word) bool {
	_, err := parseRoom(w.Text)
	return err == nil
}

// mistakable notes a server's name that stands last behind users or rooms, with no list
// behind it: so may the first word of a reason.
func mistakable(c *call, at int, words []grammar.Word, n int) {
	last, reason := words[n-1], c.command.params[len(c.command.params)-1]
	if !reason.value.rest || n == 1 && c.reply == "" || !likeServer(grammar.Unwrap(last.Text)) || last.Quoted || n < len(words) && namesList(c, words[n]) {
		return
	}
	first := grammar.Unwrap(words[0].Text)
	if c.command.params[at].replied && c.reply != "" || likeID(first) {
		c.server = grammar.Unwrap(last.Text)
	}
}

func likeID(s string) bool { return s != "" && strings.ContainsRune("@#!", rune(s[0])) }

// likeEntity tells whether a word that need not be one is written as an entity: an ID, a link,
// or a name with a dot in it that a server may have.
func likeEntity(_ *call, w grammar.Word) bool {
	s := w.Text
	if w.Quoted {
		_, err := readEntity(s, true)
		return err == nil && likeID(s)
	}
	s = grammar.Unwrap(s)
	switch _, link := grammar.ParseLink(s); {
	case link:
		return true
	case strings.Contains(s, "://"):
		return false
	case strings.HasPrefix(s, "@"):
		return true
	case likeID(s):
		_, server, _ := strings.Cut(s, ":")
		return server != "" || validRoomID(s)
	}
	return likeServer(s)
}

// likeUser is likeEntity of users alone.
func likeUser(c *call, w grammar.Word) bool {
	s := grammar.Unwrap(w.Text)
	l, link := grammar.ParseLink(s)
	return link && l.Event == "" && strings.HasPrefix(l.Target, "@") || strings.HasPrefix(s, "@") && likeEntity(c, w)
}

// likeMessage is likeEntity of users and messages.
func likeMessage(c *call, w grammar.Word) bool {
	_, event, _ := eventOf(w)
	return event || likeUser(c, w)
}

func anyWord(*call, grammar.Word) bool { return true }

// likeServer tells whether a word is written as a server's name that has a dot, also with a
// mistake in it.
func likeServer(s string) bool {
	if local, server, mail := strings.Cut(s, "@"); mail && local != "" {
		s = server
	}
	host, _, _ := servername.CutPort(grammar.ASCIIServer(strings.TrimRight(s, ".,;/")))
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return addr.Is4() || strings.HasPrefix(s, "[")
	}
	dot := strings.LastIndexByte(host, '.')
	if dot < 1 || !grammar.ValidHost(host) && !grammar.ValidHostGlob(host) {
		return false
	}
	top := host[dot+1:]
	return strings.ContainsAny(top, "*?") || len(top) > 1 && !strings.ContainsFunc(top, func(r rune) bool { return !unicode.IsLetter(r) }) || strings.HasPrefix(top, "xn--")
}

// behindList reports whether a word that begins a reason is written as somebody whom the command is
// about as well: it would be read by everybody, and nothing would be done to them.
func behindList(c *call, at int, w grammar.Word) bool {
	if at < 2 || !c.command.params[at-2].several || !takesList(c, at-1) || c.args[c.command.params[at-1].name] == nil || w.Quoted {
		return false
	}
	_, err := parseEntity(w)
	_, link := grammar.ParseLink(grammar.Unwrap(w.Text))
	return err == nil && (link || likeID(grammar.Unwrap(w.Text)))
}

// Part is one of those that a plan is about: what is said of it once its steps are done.
type Part struct {
	Name   string `json:"name"` // as it was written
	Answer string `json:"answer"`
}

// each plans for every one of several as if it alone was named, and makes one plan of it.
// What is wrong with one is wrong with the command. What must hold for all together, the
// caller looks after.
func each(names []string, ask string, one func(i int) (Plan, error)) (Plan, error) {
	if len(names) == 1 {
		return one(0)
	}
	var p Plan
	var effects []string
	known := map[string]bool{}
	for i, name := range names {
		of, err := one(i)
		if err != nil {
			return Plan{}, about(err, name)
		}
		for _, s := range of.Steps {
			s.Of = 0
			key, _ := json.Marshal(s)
			if s.Of = i + 1; !known[string(key)] { // what two of them come to is done once
				known[string(key)] = true
				p.Steps = append(p.Steps, s)
			}
		}
		p.Otherwise = append(p.Otherwise, of.Otherwise...)
		p.Exhibits = append(p.Exhibits, of.Exhibits...)
		p.Weight = p.Weight.plus(of.Weight)
		p.Fresh = p.Fresh || of.Fresh
		if of.Ask != "" {
			p.Ask = ask
		}
		effects = append(effects, pick(len(of.Steps) > 0, of.Effect, of.Answer))
		p.Each = append(p.Each, Part{Name: name, Answer: strings.ReplaceAll(of.Answer, here, hereIs(of.Room))})
	}
	p.Effect = strings.TrimPrefix(lined(effects), "\n")
	p.Answer = lined(p.answers())
	return p, nil
}

func (p Plan) answers() []string {
	said := make([]string, len(p.Each))
	for i, part := range p.Each {
		said[i] = part.Answer
	}
	return said
}

func (w Weight) plus(other Weight) Weight {
	return Weight{Hit: w.Hit + other.Hit, Freed: w.Freed + other.Freed, Servers: w.Servers + other.Servers, Everyone: w.Everyone || other.Everyone}
}

// readAtOnce is how many lines are read at once on a phone: what is longer is folded.
const readAtOnce = 10

// lined says something of each of several.
func lined(said []string) string {
	lines := make([]string, len(said))
	n := 0
	for i, s := range said {
		n += 1 + strings.Count(s, "\n")
		lines[i] = strings.ReplaceAll(s, "\n", "\n  ")
	}
	list := strings.TrimPrefix(listing(lines, ""), "\n")
	if n > readAtOnce {
		return text.Fold(fmt.Sprintf("All %d", len(said)), list)
	}
	return list
}

// about has an error about one of several name it.
func about(err error, name string) error {
	if r, ok := errors.AsType[refusal](err); ok && !strings.Contains(string(r), text.Code(name)) {
		return refuse("%s: %s", text.Code(name), string(r))
	}
	return err
}

// distinct leaves out what is said a second time.
func distinct[T any, K comparable](all []T, key func(T) K) []T {
	seen := map[K]bool{}
	var kept []T
	for _, v := range all {
		if k := key(v); !seen[k] {
			seen[k] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// entities are those that a command names, each once.
func (c *call) entities(name string) []entity {
	return distinct(args[entity](c, name), func(e entity) string { return fmt.Sprintf("%d %t %s", e.kind, e.only, e.name) })
}

// rooms are those of the flags --room, none if none was given.
func (c *call) rooms() ([]id.RoomID, error) {
	var all []id.RoomID
	for _, ref := range options[Ref](c, inRooms.name) {
		room, err := c.protected(ref)
		if err != nil {
			return nil, err
		}
		all = append(all, room.ID)
	}
	return distinct(all, func(r id.RoomID) id.RoomID { return r }), nil
}

// namedRooms gives the protected rooms that a parameter names, each once; none if it is left out.
func namedRooms(c *call, name string) ([]Room, error) {
	var all []Room
	for _, ref := range args[Ref](c, name) {
		room, err := c.protected(ref)
		if err != nil {
			return nil, err
		}
		all = append(all, room)
	}
	return distinct(all, func(r Room) id.RoomID { return r.ID }), nil
}

// whom gives those whom a command names, or else who wrote what it replies to: those are
// asked about if it is more than one.
func whom(ctx context.Context, c *call, d MessageDesk, name string) (all []entity, ask bool, err error) {
	if all = c.entities(name); len(all) > 0 {
		return all, false, nil
	}
	said, err := c.meant(ctx, d, messages{})
	if err != nil {
		return nil, false, err
	}
	for _, s := range distinct(said, func(s Said) id.UserID { return s.By }) {
		e, err := readEntity(string(s.By), true)
		if err != nil || e.glob || e.kind != policy.User {
			return nil, false, refuse("That was written by %s. That ID is also a pattern, which others may match, so I did nothing.", text.Code(string(s.By)))
		}
		all = append(all, e)
	}
	if len(all) > mostNamed {
		return nil, false, refuse("That is about %d users, and one command is about %d at most. Write a pattern.", len(all), mostNamed)
	}
	return all, len(all) > 1, nil
}

// manyReplied is when a command asks that takes whom a reply is about.
const manyReplied = "if a reply is about several users"

// whomOne is whom a command of one user names, or whom it is about that it replies to.
func whomOne(ctx context.Context, c *call, d MessageDesk, name string) (entity, error) {
	if e, named := c.args[name].(entity); named {
		return e, nil
	}
	all, _, err := whom(ctx, c, d, name)
	if err == nil && len(all) > 1 {
		err = refuse("That is about several: %s. Write which one is meant.", text.NamedSome(codes(namesOf(all)), mostNames))
	}
	if err != nil {
		return entity{}, err
	}
	return all[0], nil
}

func namesOf(all []entity) []string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.name
	}
	return names
}
