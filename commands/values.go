package commands

import (
	"strconv"
	"strings"
)

// The kinds of arguments that are no matter of one family.
var (
	entityValue = value{hint: "user, server or room", parse: func(_ *call, w word) (any, error) {
		return parseEntity(w.text)
	}}
	userValue = value{hint: "user", parse: func(_ *call, w word) (any, error) {
		return parseUser(w.text)
	}}
	roomValue = value{hint: "room", parse: func(_ *call, w word) (any, error) {
		return parseRoom(w.text)
	}}
	wordValue = value{hint: "word", parse: func(_ *call, w word) (any, error) {
		return w.text, nil
	}}
	// textValue is one line of text. It ends up in rules that others read, so what
	// cannot be seen is taken out.
	textValue = value{hint: "text", rest: true, parse: func(_ *call, w word) (any, error) {
		return oneLine(w.text), nil
	}}
	yesOrNo = value{hint: "on or off", parse: func(_ *call, w word) (any, error) {
		switch strings.ToLower(w.text) {
		case "on", "yes", "true", "1":
			return true, nil
		case "off", "no", "false", "0":
			return false, nil
		default:
			return nil, refuse("%s is neither `on` nor `off`.", code(w.text))
		}
	}}
)

// number reads whole numbers within bounds.
func number(least, most int) value {
	return value{hint: "number", parse: func(_ *call, w word) (any, error) {
		n, err := strconv.Atoi(w.text)
		if err != nil || n < least || n > most {
			return nil, refuse("%s does not fit: write a whole number from %d to %d.", code(w.text), least, most)
		}
		return n, nil
	}}
}
