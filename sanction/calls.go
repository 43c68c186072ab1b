package sanction

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Calls say who is called when something is found, by how bad it is. The zero Calls call
// nobody: what is found is told, and rings no phone.
type Calls struct {
	Ping map[string]string    `json:"ping,omitempty"` // by class: a user, or everybody in the room
	Room map[string]id.RoomID `json:"room,omitempty"` // by class: where it is said, if not where moderators command
	// Quiet are the hours in which nobody is called, by the clocks of Zone, but for what is
	// Loud.
	Quiet Hours    `json:"quiet,omitzero"`
	Zone  string   `json:"zone,omitempty"`
	Loud  []string `json:"loud,omitempty"`
}

// Everybody is who is called in place of a user if all in a room are.
const Everybody = "@room"

// Call is what is said besides the alert itself.
type Call struct {
	Ping string    // "" for nobody
	Room id.RoomID // "" for where moderators command
}

// For says who is called for something of a class; false if nothing is said. In quiet hours
// it is said all the same where it is to be said, and calls nobody.
func (c Calls) For(of Class, now time.Time, zone *time.Location) (Call, bool) {
	call := Call{Ping: c.Ping[of.String()], Room: c.Room[of.String()]}
	_, ahead := now.In(zone).Zone()
	quiet, _ := c.Quiet.in(now.Add(time.Duration(ahead) * time.Second))
	if quiet && !slices.Contains(c.Loud, of.String()) {
		call.Ping = ""
	}
	return call, call != Call{}
}

// ClassNames are how bad things can be, the mildest first.
func ClassNames() (names []string) {
	for _, c := range classes() {
		names = append(names, c.name)
	}
	return names
}

// ParseZone reads the name of a time zone, or how far it is from UTC, as +02:00. names finds
// one by its name.
func ParseZone(written string, names func(string) (*time.Location, error)) (*time.Location, error) {
	const mostHours = 14
	sign := 1
	switch {
	case written == "" || strings.EqualFold(written, "UTC"):
		return time.UTC, nil
	case strings.HasPrefix(written, "-"):
		sign = -1
	case !strings.HasPrefix(written, "+"):
		zone, err := names(written)
		if err != nil || len(written) > 60 || strings.EqualFold(written, "local") {
			return nil, fmt.Errorf("it is a time zone such as Europe/Berlin, or how far it is from UTC, as +02:00")
		}
		return zone, nil
	}
	hours, minutes, _ := strings.Cut(written[1:], ":")
	h, err := strconv.ParseUint(hours, 10, 8)
	m := uint64(0)
	if err == nil && minutes != "" {
		m, err = strconv.ParseUint(minutes, 10, 8)
	}
	if err != nil || h > mostHours || m > 59 {
		return nil, fmt.Errorf("how far a zone is from UTC is written as +02:00, up to %d hours", mostHours)
	}
	return time.FixedZone(written, sign*int(h*3600+m*60)), nil
}
