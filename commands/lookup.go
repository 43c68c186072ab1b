package commands

import (
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

// listValue is a watched list by shortcode, name, ID, alias or link. In an optional
// place it takes a word only if that names a list.
var listValue = value{hint: "list", list: true, parse: func(c *call, w grammar.Word) (any, error) {
	ref, err := parseRoom(w.Text)
	switch {
	case err == nil:
		return ref, nil
	case len(c.called(w.Text)) > 0: // perhaps several, which is an error later
		return Ref{Name: w.Text}, nil
	case !strings.HasPrefix(grammar.Unwrap(w.Text), "#") && !strings.HasPrefix(grammar.Unwrap(w.Text), "!"):
		if near := c.nearly(w.Text); near != "" {
			err = refuse("No list is called %s. Did you mean %s?", text.Code(w.Text), text.Code(near))
		} else {
			err = refuse("No list is called %s. %s", text.Code(w.Text), c.listNames())
		}
	}
	return nil, fmt.Errorf("%w: %w", errNotMine, err)
}}

// optionalList is listValue before a reason: quoted text is always the reason. A word
// that is nearly a list's name is taken for that list and asked about: it must not begin
// a reason that everybody reads.
var optionalList = value{hint: "list", list: true, parse: func(c *call, w grammar.Word) (any, error) {
	if w.Quoted {
		return nil, errNotMine
	}
	ref, err := listValue.parse(c, w)
	if err == nil || w.Flag != "" {
		return ref, err
	}
	if near := c.nearly(w.Text); near != "" {
		c.near = nearList{written: w.Text, list: near}
		return Ref{Name: near}, nil
	}
	return nil, err
}}

// nearList is a word that was taken for the list that it nearly names.
type nearList struct{ written, list string }

func (n nearList) String() string {
	return fmt.Sprintf("There is no list %s. Did you mean %s? If the word begins the reason, put the reason in quotes.", text.Code(n.written), text.Code(n.list))
}

// guessed has a plan asked about that goes by such a word.
func (c *call) guessed(p *Plan) error {
	switch {
	case len(p.Steps) == 0:
	case c.server != "" && !option[bool](c, noConfirm.name):
		p.Effect = text.Paragraphs(p.Effect, fmt.Sprintf("I took %s for a server. If it begins the reason, put the reason in quotes.", text.Code(c.server)))
		if p.Ask == "" {
			p.Ask = "Do it?"
		}
	case c.near == nearList{}:
	case option[bool](c, noConfirm.name):
		return misuse{refuse("%s", c.near)}
	default:
		p.Effect = text.Paragraphs(p.Effect, c.near.String())
		if p.Ask == "" {
			p.Ask = fmt.Sprintf("Write it into %s?", text.Code(c.near.list))
		}
	}
	return nil
}

// nearly gives the list that a mistyped word most likely means, "" if none is near.
func (k *known) nearly(word string) string {
	var names []string
	for _, l := range k.watched() {
		for _, name := range []string{text.OneLine(l.Shortcode), text.OneLine(l.Name)} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return text.Nearest(word, names)
}

// called gives the watched lists with this shortcode or, if none has it, this name.
func (k *known) called(name string) []List {
	name = text.OneLine(name)
	var byCode, byName []List
	for _, l := range k.watched() {
		if name != "" && strings.EqualFold(text.OneLine(l.Shortcode), name) {
			byCode = append(byCode, l)
		}
		if name != "" && strings.EqualFold(text.OneLine(l.Name), name) {
			byName = append(byName, l)
		}
	}
	if len(byCode) > 0 {
		return byCode
	}
	return byName
}

// watches tells whether a list is among those watched, by what is known of it here.
func (k *known) watches(r Ref) bool {
	_, err := k.findList(r)
	return err == nil
}

// findList looks up a list among those watched. An alias that is not a list's main
// one has to be looked up by the bot.
func (k *known) findList(r Ref) (List, error) {
	found := k.called(r.Name)
	for _, l := range k.watched() {
		if r.Room != "" && l.ID == r.Room || r.Alias != "" && l.Alias == r.Alias {
			found = append(found, l)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	written := r.Name + string(r.Room) + string(r.Alias)
	if len(found) > 1 {
		ids := make([]id.RoomID, len(found))
		for i, l := range found {
			ids[i] = l.ID
		}
		return List{}, refuse("Several lists are called %s. Write which one by its ID: %s.", text.Code(written), text.Named(ids, 10))
	}
	return List{}, refuse("I watch no list %s. %s", text.Code(written), k.listNames())
}

// listNames says which lists there are.
func (k *known) listNames() string {
	lists := k.watched()
	if len(lists) == 0 {
		return "I watch no list yet: `!forseti watch <room>` or `!forseti list create <shortcode>` changes that."
	}
	var names []string
	for _, l := range lists[:min(10, len(lists))] {
		names = append(names, k.listName(l))
	}
	return "I watch " + strings.Join(names, ", ") + "; `!forseti lists` shows them all."
}

// writable finds the list to write to: the one that was named, or the default, or the
// only one there is.
func (k *known) writable(r Ref) (List, error) {
	if r.Room != "" || r.Alias != "" || r.Name != "" {
		l, err := k.findList(r)
		if err == nil && l.Unread {
			err = k.notRead(l)
		}
		if err == nil && !l.Writable {
			err = refuse("I may not write to the list %s. Ask its owners to give me the power to, or choose another list.", k.listName(l))
		}
		return l, err
	}
	var found, unread []List
	var names []string
	for _, l := range k.watched() {
		switch {
		case l.Unread:
			unread = append(unread, l)
		case l.Default && l.Writable:
			return l, nil
		case l.Default:
			return List{}, refuse("I may not write to the list %s, which is the default. Ask its owners to give me the power to, or name another list right after whom it is about.", k.listName(l))
		}
		if l.Writable {
			found = append(found, l)
			names = append(names, k.listName(l))
		}
	}
	switch len(found) {
	case 0:
		if len(unread) > 0 {
			return List{}, k.notRead(unread[0])
		}
		return List{}, refuse("There is no list that I may write to. `!forseti list create <shortcode>` makes one.")
	case 1:
		return found[0], nil
	default:
		said := fmt.Sprintf("Which list? I may write to %s. Name it right after whom it is about; `!forseti list default` says which it is if you name none.", strings.Join(names[:min(10, len(names))], ", "))
		return List{}, openList{refusal(said), found}
	}
}

// notRead refuses to say anything about a list whose state is not known yet.
func (k *known) notRead(l List) error {
	return refuse("I have not read the list %s yet. Write this again in a moment.", k.listName(l))
}

// protected finds a protected room as a moderator wrote it.
func (k *known) protected(r Ref) (Room, error) {
	for _, room := range k.names.Rooms() {
		if r.Room != "" && room.ID == r.Room || r.Alias != "" && room.Alias == r.Alias {
			return room, nil
		}
	}
	written := string(r.Room) + string(r.Alias)
	if near := roomMeant(k, written); near != "" {
		return Room{}, refuse("I protect no room %s.%s", text.Code(written), near)
	}
	return Room{}, refuse("I protect no room %s. `!forseti rooms` lists those that I do; a room's ID always works.", text.Code(written))
}

// within gives the room of the flag --room, "" if it was not given.
func (c *call) within() (id.RoomID, error) {
	switch several, err := c.rooms(); {
	case err != nil:
		return "", err
	case len(several) > 1:
		return "", refuse("Write one `--room` only: the message is in one.")
	case len(several) == 1:
		return several[0], nil
	}
	ref := option[Ref](c, "room")
	if ref.Room == "" && ref.Alias == "" {
		return "", nil
	}
	room, err := c.protected(ref)
	return room.ID, err
}

var (
	inRoom  = flag{name: "room", value: &roomValue, doc: "only in this room"}
	inRooms = flag{name: "room", value: &roomValue, doc: "only in this room; may be given several times", several: true}
)
