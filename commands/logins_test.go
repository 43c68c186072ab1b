package commands

import (
	"errors"
	"testing"
)

// Another login of the bot's account is ended by its ID, or all are; what is none of them, or cannot be ended, is not, and it is said why.
func TestEndLogins(t *testing.T) {
	w := newWorld()
	expect(t, w, "devices end THIEF", nil, "I would log out `THIEF` of my account.", "Log it out?")
	expect(t, w, "devices end THIEF --no-confirm", []string{"end_login "}, "Logged out `THIEF` of my account. If you do not know whose it was")
	expect(t, w, "devices end OLD --no-confirm", []string{"end_login "}, "Logged out `OLD` (Element \\*Web\\*) of")
	expect(t, w, "devices end All --no-confirm", []string{"end_login ", "end_login "}, "`OLD` and `THIEF`")
	expect(t, w, "devices end old", nil, "My account has no other device `old`. It has `OLD` and `THIEF`.")
	w.fail = errors.New("my homeserver wants a password")
	expect(t, w, "devices end THIEF", nil, "my homeserver wants a password")
}
