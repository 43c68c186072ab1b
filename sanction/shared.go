package sanction

import (
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"
)

// Shared is what a community has set of one thing that holds for all protections, as text:
// the ladder, what users are told, who is called, when it is stricter by itself, by which clocks.
type Shared struct {
	Name   string            // what the commands for it begin with
	Values map[string]string // what is otherwise than usual, by setting
}

// SharedSetting is a setting of such, for moderators.
type SharedSetting struct{ Name, Value, Default, Doc string }

// Ground is what such settings may name.
type Ground interface {
	// Zone says what is wrong with the name of a time zone; nil if nothing is.
	Zone(name string) error
	// Moderator reports whether a user may be called.
	Moderator(u id.UserID) bool
}

// subject is one thing that is shared.
type subject struct {
	name string
	// read gives what was written as it is written in one way.
	read     func(written map[string]string, g Ground) (map[string]string, error)
	settings func(written map[string]string) []SharedSetting
}

// subjects are all of them, in the order in which they are written.
func subjects() []subject {
	return []subject{{
		"ladder",
		func(written map[string]string, _ Ground) (map[string]string, error) {
			l, err := ParseLadder(written)
			return l.Written(), err
		},
		func(written map[string]string) []SharedSetting {
			l, _ := ParseLadder(written)
			return l.Settings()
		},
	}, {
		"notice",
		func(written map[string]string, _ Ground) (map[string]string, error) {
			w, err := ParseWording(written)
			return w.Written(), err
		},
		func(written map[string]string) []SharedSetting {
			w, _ := ParseWording(written)
			return settingsOf(wordingRows(), w)
		},
	}, {
		"alerts",
		func(written map[string]string, g Ground) (map[string]string, error) {
			c, err := ParseCalls(written, g)
			return c.Written(), err
		},
		func(written map[string]string) []SharedSetting {
			c, _ := ParseCalls(written, nil)
			return settingsOf(callRows(nil), c)
		},
	}, {
		"posture",
		func(written map[string]string, _ Ground) (map[string]string, error) {
			r, err := ParseRoutine(written)
			return r.Written(), err
		},
		func(written map[string]string) []SharedSetting {
			r, _ := ParseRoutine(written)
			return settingsOf(routineRows(), r)
		},
	}, {
		"time",
		func(written map[string]string, g Ground) (map[string]string, error) {
			c, err := ParseClock(written, g)
			return c.Written(), err
		},
		func(written map[string]string) []SharedSetting {
			c, _ := ParseClock(written, nil)
			return settingsOf(clockRows(nil), c)
		},
	}}
}

// SharedNames are the names of what is shared.
func SharedNames() (names []string) {
	for _, s := range subjects() {
		names = append(names, s.name)
	}
	return names
}

// ReadShared reads what was set of one of them. An error is [Misfits].
func ReadShared(name string, written map[string]string, g Ground) (Shared, error) {
	i := slices.IndexFunc(subjects(), func(s subject) bool { return s.name == name })
	if i < 0 {
		return Shared{}, Misfits{{said: "there is no such thing to be set"}}
	}
	values, err := subjects()[i].read(written, g)
	if err != nil {
		return Shared{}, err
	}
	return Shared{name, values}, nil
}

// Settings are all settings of it, and how each stands.
func (s Shared) Settings() []SharedSetting {
	for _, of := range subjects() {
		if of.name == s.Name {
			return of.settings(s.Values)
		}
	}
	return nil
}

// Same reports whether two are set alike.
func (s Shared) Same(o Shared) bool { return s.Name == o.Name && maps.Equal(s.Values, o.Values) }
