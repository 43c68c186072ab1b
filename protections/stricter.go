package protections

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction"
)

// Loosens are the settings, among those of one protection, of which less is found, or more
// is let pass, when it stands otherwise than before; "mode" if it is switched down. What
// cannot be told of a setting counts as looser, for then somebody has to look at it.
func Loosens(kind kit.Kind, before, after kit.Standing) (looser []string) {
	for _, room := range bothRooms(before, after) {
		was, _ := before.In(room)
		is, _ := after.In(room)
		if was == kit.Off {
			continue
		}
		if is < was && !slices.Contains(looser, modeKey) {
			looser = append(looser, modeKey)
		}
		if is != was {
			continue // what it finds in shadow nobody relies on
		}
		old := valuesOf(kind, before, room)
		now := valuesOf(kind, after, room)
		for _, name := range slices.Sorted(maps.Keys(now)) {
			if old[name] != now[name] && !slices.Contains(looser, name) && !strictnessOf(kind.Name, name).holds(old[name], now[name]) {
				looser = append(looser, name)
			}
		}
		for name := range old {
			if _, still := now[name]; !still && !slices.Contains(looser, name) && !strictnessOf(kind.Name, name).holds(old[name], kit.ByDefault) {
				looser = append(looser, name)
			}
		}
	}
	slices.Sort(looser)
	return looser
}

// bothRooms are those that either sets apart, after all others ("").
func bothRooms(a, b kit.Standing) []id.RoomID {
	rooms := map[id.RoomID]bool{"": true}
	for room := range a.Rooms {
		rooms[room] = true
	}
	for room := range b.Rooms {
		rooms[room] = true
	}
	return slices.Sorted(maps.Keys(rooms))
}

func valuesOf(kind kit.Kind, s kit.Standing, room id.RoomID) map[string]string {
	values := map[string]string{}
	for _, setting := range kind.Settings(s, room) {
		values[setting.Name] = setting.Value
	}
	return values
}

// strictness says which of two values of a setting is the stricter one.
type strictness struct {
	way   way
	order string // of words, the loosest first
}

type way int

const (
	untold  way = iota
	less        // a smaller number or time
	more        // a larger one
	longer      // a list with more in it
	terms       // the same, of one with commas between them
	shorter     // a list with less in it
	later       // a word that comes later in order
	free        // it lets nothing pass either way
)

// holds reports whether the new value is as strict as the old one, at least.
func (s strictness) holds(old, now string) bool {
	switch s.way {
	case less, more:
		was, ok := amount(old)
		is, also := amount(now)
		return ok && also && (s.way == less && is <= was || s.way == more && is >= was)
	case longer:
		return within(old, now, " ")
	case terms:
		return within(old, now, ", ")
	case shorter:
		return within(now, old, " ")
	case later:
		words := strings.Fields(s.order)
		was, is := slices.Index(words, old), slices.Index(words, now)
		return was >= 0 && is >= was
	case free:
		return true
	default:
		return false
	}
}

// within reports whether all entries of one list are in another.
func within(some, all, joint string) bool {
	held := strings.Split(all, joint)
	for entry := range strings.SplitSeq(some, joint) {
		if entry != "none" && entry != kit.ByDefault && !slices.Contains(held, entry) {
			return false
		}
	}
	return true
}

// amount is a number or a time, in one measure.
func amount(value string) (float64, bool) {
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		return n, true
	}
	if d, err := time.ParseDuration(value); err == nil {
		return d.Seconds(), true
	}
	return 0, false
}

// strictnessOf finds what is known of a setting: of the protection's own first, then of all.
func strictnessOf(protection, setting string) strictness {
	family, _, _ := strings.Cut(setting, ".")
	for _, name := range []string{protection + " " + setting, protection + " " + family, setting} {
		if s, known := strictnesses()[name]; known {
			return s
		}
	}
	return strictness{}
}

// strictnesses is what is known: by the protection and the setting (of a family, what
// stands before the dot), or by the setting alone.
func strictnesses() map[string]strictness {
	const trusted, yes, no = "none known regular trusted", "no yes", "yes no"
	table := map[string]strictness{
		"spare-moderators": {later, no}, "exempt-listed": {later, no}, "exempt-users": {way: shorter}, "exempt-rooms": {way: shorter},
		"exempt-trust": {later, "known regular trusted none"}, "tell": {way: free},

		"join-wave posture": {later, strings.Join(postureWords(), " ")}, "joiners servers": {way: longer}, "joiners without-profile": {later, yes},
		"links allow": {way: shorter}, "links deny": {way: longer}, "links links-from": {later, trusted}, "links invitations-from": {later, trusted},
		"links shorteners-from": {later, trusted}, "links addresses": {later, yes}, "links deceiving": {later, yes},
		"mentions everybody": {later, yes}, "media refuse": {way: longer}, "media types": {way: longer}, "first-message refuse": {way: longer},
		"names words": {way: terms}, "names avatars": {way: longer}, "names controls": {later, yes}, "names impersonation": {later, yes},
		"words list": {way: terms}, "words weight": {later, "note light nuisance spam attack"}, "adverts weight": {later, "note light nuisance spam"},
	}
	for protection, settings := range map[string]string{
		"churn": "moves profiles", "flooding": "messages all-rooms reactions edits redactions calls", "join-wave": "joins",
		"adverts": "marks", "lag": "lag messages", "reactions": "reactions one-message length", "repeats": "messages length likeness", "mentions": "users named handles hidden bare total",
		"links": "most", "media": "size emoji-height", "names": "length",
		"shape": "characters lines emoji capitals marks invisible mixed spaced repeated",
	} {
		for setting := range strings.FieldsSeq(settings) {
			table[protection+" "+setting] = strictness{way: less}
		}
	}
	for protection, settings := range map[string]string{
		"changes": "fresh", "churn": "within", "flooding": "within period", "join-wave": "within", "reactions": "within", "repeats": "within",
		"mentions": "within", "first-message": "words messages", "slow-mode": "new known regular trusted",
	} {
		for setting := range strings.FieldsSeq(settings) {
			table[protection+" "+setting] = strictness{way: more}
		}
	}
	return table
}

func postureWords() (words []string) {
	for _, p := range sanction.Postures() {
		words = append(words, p.String())
	}
	return words
}
