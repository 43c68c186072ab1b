package commands

import (
	"strconv"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// The kinds of arguments that are no matter of one family.
var (
	entityValue = value{hint: "user, server or room", of: aboutUsers, parse: func(_ *call, w grammar.Word) (any, error) {
		return parseEntity(w)
	}, like: likeEntity}
	userValue = value{hint: "user", of: aboutUsers, parse: func(_ *call, w grammar.Word) (any, error) {
		return parseUser(w)
	}, like: likeUser}
	roomValue = value{hint: "room", of: aboutRooms, parse: func(c *call, w grammar.Word) (any, error) {
		ref, err := parseRoom(w.Text)
		if err == nil {
			return ref, nil
		}
		if near := roomMeant(&c.known, w.Text); near != "" {
			err = refuse("%s is no room's address.%s", text.Code(text.Clip(w.Text, 60)), near)
		}
		return nil, err
	}, like: anyWord}
	wordValue = value{hint: "word", parse: func(_ *call, w grammar.Word) (any, error) {
		return w.Text, nil
	}}
	// textValue is one line of text. It ends up in rules that others read, so what
	// cannot be seen is taken out.
	textValue = value{hint: "text", rest: true, parse: func(_ *call, w grammar.Word) (any, error) {
		return text.OneLine(w.Text), nil
	}}
	yesOrNo = value{hint: "on or off", parse: func(_ *call, w grammar.Word) (any, error) {
		switch strings.ToLower(w.Text) {
		case "on", "yes", "true", "1":
			return true, nil
		case "off", "no", "false", "0":
			return false, nil
		default:
			return nil, refuse("%s is neither `on` nor `off`.", text.Code(w.Text))
		}
	}}
)

// number reads whole numbers within bounds.
func number(least, most int) value {
	return value{hint: "number", parse: func(_ *call, w grammar.Word) (any, error) {
		n, err := strconv.Atoi(w.Text)
		if err != nil || n < least || n > most {
			return nil, refuse("%s does not fit: write a whole number from %d to %d.", text.Code(w.Text), least, most)
		}
		return n, nil
	}}
}
