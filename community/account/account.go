// Package account is what moderators are told of the bot's own account: that its
// identity was replaced or is a new one, that somebody else is logged in as the bot, and
// that something speaks in its name. It is pure: what is known comes in as values, and
// sentences come out.
package account

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// Login is one device of the account.
type Login struct {
	ID   id.DeviceID
	Name string    // in the words of whoever logged in
	Seen time.Time // zero if the homeserver does not say
}

// Identity is how the account's cryptographic identity stands to ours.
type Identity struct {
	Ours     id.Ed25519 // "" without encryption
	Replaced bool       // the account has another one
}

// Known is what is kept of it, so that a restart tells nothing again.
type Known struct {
	// Logins are the devices that were there when we last looked; nil if we never did.
	Logins []id.DeviceID `json:"logins,omitempty"`
	// Identity is the one that moderators know us by.
	Identity id.Ed25519 `json:"identity,omitempty"`
}

// Watch follows the account. The zero Watch knows nothing. It is not safe for
// concurrent use.
type Watch struct {
	Known
	this     id.DeviceID
	others   []Login
	replaced bool
	strange  time.Time // when moderators were last told of a stranger
	changed  bool      // Known is not what was last kept
}

// News gives what is to be kept, and whether that changed since it was asked for.
func (w *Watch) News() (Known, bool) {
	changed := w.changed
	w.changed = false
	return w.Known, changed
}

// maxLogins bounds how many are named at once.
const maxLogins = 10

// alarm begins what must not be overlooked.
const alarm = "🚨 "

// Logins takes in all logins of the account, of which this is ours, and says which are
// new; "" if none is. Those of before the first look are for [Watch.Others] to show.
func (w *Watch) Logins(all []Login, this id.DeviceID) (say string) {
	before := w.Known.Logins
	w.this, w.others, w.Known.Logins = this, nil, make([]id.DeviceID, 0, len(all))
	var fresh []Login
	for _, login := range all {
		w.Known.Logins = append(w.Known.Logins, login.ID)
		if login.ID == this {
			continue
		}
		w.others = append(w.others, login)
		if before != nil && !slices.Contains(before, login.ID) {
			fresh = append(fresh, login)
		}
	}
	slices.Sort(w.Known.Logins)
	w.changed = w.changed || !slices.Equal(before, w.Known.Logins)
	if len(fresh) == 0 {
		return ""
	}
	return fmt.Sprintf("%s**Somebody logged in as me:** %s. If it was one of you, all is well. If not, change my account's password, and log that device out, with `!forseti devices end` and its ID: whoever uses it can ban, unban and speak in my name.", alarm, named(fresh))
}

// Ended takes in that we logged a device out.
func (w *Watch) Ended(device id.DeviceID) {
	w.others = slices.DeleteFunc(w.others, func(l Login) bool { return l.ID == device })
	if i := slices.Index(w.Known.Logins, device); i >= 0 {
		w.Known.Logins, w.changed = slices.Delete(slices.Clone(w.Known.Logins), i, i+1), true
	}
}

// Others says for `status` who else is logged in as us; "" if nobody is.
func (w *Watch) Others() string {
	if len(w.others) == 0 {
		return ""
	}
	return fmt.Sprintf("My account has %s besides this one: %s. Log out what you do not know, with `!forseti devices end` and its ID: it can do all that I can", text.Count(len(w.others), "other login"), named(w.others))
}

func named(logins []Login) string {
	var names []string
	for _, login := range logins[:min(len(logins), maxLogins)] {
		name := text.Code(string(login.ID))
		if login.Name != "" {
			name += " (" + text.Escape(login.Name, text.MostName) + ")"
		}
		if !login.Seen.IsZero() {
			name += ", last seen " + login.Seen.UTC().Format(time.DateOnly)
		}
		names = append(names, name)
	}
	if left := len(logins) - len(names); left > 0 {
		names = append(names, fmt.Sprintf("%d more", left))
	}
	return strings.Join(names, "; ")
}

// Identity takes in how the identity stands, and says what is news about it. Clear says
// that it must be said unencrypted, as nothing can be said in secret any more.
func (w *Watch) Identity(now Identity) (say string, clear bool) {
	before := w.replaced
	w.replaced = now.Replaced
	switch {
	case now.Replaced && !before:
		return alarm + "**My cryptographic identity was replaced.** Somebody who is logged in as me made another one, or my homeserver lies. Rules and protections go on as before. But in this room, if it is encrypted, I obey nobody and say nothing more until it is mended, as you cannot tell me from whoever did that; this message is not encrypted. " +
			"If one of you did it: `forseti restore` with the new recovery key where I run, start me again, and verify me again. If not: change my account's password, log out its other devices, make a new identity in a client that is logged in as me, and then do the same.", true
	case now.Replaced:
		return "", false
	case before:
		return "My cryptographic identity is the one you know again. Ask whoever runs my homeserver what that was.", false
	case now.Ours == "" || now.Ours == w.Known.Identity:
		return "", false
	}
	first := w.Known.Identity == ""
	w.Known.Identity, w.changed = now.Ours, true
	if first {
		return "", false
	}
	return alarm + "**I have a new identity.** The old one was replaced, and I was given the new one by `forseti restore`. Your clients warn of it, rightly: verify me again, `!forseti verify`. If none of you did that, somebody else runs me now.", false
}

// Replaced reports whether our identity is not the account's.
func (w *Watch) Replaced() bool { return w.replaced }

// Refusal is why no command is obeyed while the identity is replaced.
const Refusal = "my cryptographic identity was replaced, and you could not tell my answer from that of whoever did it. `forseti restore`, where I run, mends it."

// strangeEvery is after how long moderators hear of a stranger again.
const strangeEvery = 24 * time.Hour

// Stranger says that something else spoke as us in a room, given as markup; "" if that
// was said already.
func (w *Watch) Stranger(room string, at time.Time) (say string) {
	if !w.strange.IsZero() && at.Sub(w.strange) < strangeEvery {
		return ""
	}
	w.strange = at
	return fmt.Sprintf("%s**Something else speaks as me.** A message in %s is of my account, and I did not send it. Does another Forseti run on my account, on the machine you moved it from perhaps? Then stop one: two do everything twice. Or does one of you use my account in a client? Else somebody has my login: change the password, and log out what `!forseti status` shows besides me.", alarm, room)
}
