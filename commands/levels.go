package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/text"
)

// LevelDesk looks at power levels.
type LevelDesk interface {
	// Levels says, of each protected room that a user is in or has a level of their own in, or
	// of those that are named, what it would be if they had a level there.
	Levels(user, by id.UserID, level int64, rooms []id.RoomID) []LevelChange
}

// LevelChange is what it would be if a user had another power level in a room.
type LevelChange struct {
	Room id.RoomID
	Now  int64
	// By is the level of the moderator who asks, who gives no more than they have. Over says
	// that the user stands as high as they do.
	By   int64
	Over bool
	// Refused is why we may not set it, "" if we may.
	Refused string
	// Gains and Loses are what the user could do then, or could not any more, in words, of
	// what makes somebody a moderator.
	Gains, Loses []string
	// Passes are the moderators of the room above whom the user would stand and does not now,
	// and Below those the other way round.
	Passes, Below []id.UserID
}

// The words that stand for a level.
var levelWords = map[string]int64{"user": 0, "moderator": 50, "admin": 100}

// mostPower is as far as levels go, either way.
//
// https://spec.matrix.org/v1.16/client-server-api/#mroompower_levels
const mostPower = 1<<53 - 1

func levelCommands(d LevelDesk) []*command {
	level := value{hint: "number", parse: func(_ *call, w grammar.Word) (any, error) {
		if n, known := levelWords[strings.ToLower(w.Text)]; known {
			return n, nil
		}
		n, err := strconv.ParseInt(w.Text, 10, 64)
		if err != nil || n > mostPower || n < -mostPower {
			return nil, refuse("%s is no power level. Write a number such as 50, or `user`, `moderator` or `admin`.", text.Code(text.Clip(w.Text, 40)))
		}
		return n, nil
	}}
	return []*command{{
		name: "powerlevel", family: "Rooms", effect: moderates,
		summary: "set a user's power level in the protected rooms that they are in, or in some",
		details: "It gives nobody more than you or I have there, and takes from nobody who stands as high as one of us. If somebody else changes the user's level in the meantime, theirs holds.",
		params: []param{
			{name: "user", doc: "whose", value: userValue},
			{name: "level", doc: "a number, or `user` (0), `moderator` (50) or `admin` (100)", value: level},
			{name: "room", optional: true, several: true, doc: "only in this room, or in several", value: roomValue},
		},
		asks:     "if it makes somebody a moderator, or takes that from somebody",
		examples: []string{"powerlevel @helper:example.org 50 #lobby:example.org", "powerlevel @helper:example.org 50 #lobby:example.org #den:example.org", "powerlevel @helper:example.org user"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return powerLevel(c, d) },
	}}
}

func powerLevel(c *call, d LevelDesk) (Plan, error) {
	u, err := oneUser(c, arg[entity](c, "user"), "change")
	if err != nil {
		return Plan{}, err
	}
	rooms, err := namedRooms(c, "room")
	if err != nil {
		return Plan{}, err
	}
	var in []id.RoomID
	for _, room := range rooms {
		in = append(in, room.ID)
	}
	level := arg[int64](c, "level")
	var p Plan
	var set []id.RoomID
	var same int
	var effects, not []string
	for _, change := range d.Levels(u, c.Sender, level, in) {
		why := change.Refused
		switch {
		case change.Now == level:
			same++
			continue
		case change.Over && u != c.Sender:
			why = "they stand as high as you there"
		case level > change.By:
			why = fmt.Sprintf("you have %s there, and give no more than that", levelName(change.By))
		}
		if why != "" {
			not = append(not, fmt.Sprintf("%s: %s", c.room(change.Room), text.Markup(why)))
			continue
		}
		set = append(set, change.Room)
		effects = append(effects, levelEffect(c, change))
		if len(change.Gains)+len(change.Loses) > 0 {
			p.Ask = fmt.Sprintf("Give %s level %d?", text.Code(string(u)), level)
		}
		seen, _ := json.Marshal(map[string]int64{"level": change.Now})
		p.want(action.Action{Verb: action.SetLevel, Room: change.Room, User: u, Level: &level, Was: seen})
	}
	refused := ""
	if len(not) > 0 {
		refused = "Not in:" + listing(not, "")
	}
	switch {
	case len(set) == 0 && refused != "":
		return Plan{}, refuse("I set no level of %s. %s", text.Code(string(u)), refused)
	case len(set) == 0 && same > 0:
		return says("%s has level %d already.", text.Code(string(u)), level), nil
	case len(set) == 0:
		return Plan{}, refuse("%s is in none of the rooms, and has no level of their own there.", text.Code(string(u)))
	}
	whom := fmt.Sprintf("the power level of %s to %d in %s", text.Code(string(u)), level, c.roomsNamed(set))
	p.Effect = text.Paragraphs(fmt.Sprintf("I would set %s:%s", whom, listing(effects, "")), refused)
	p.Answer = text.Paragraphs("Setting "+whom+".", refused)
	return p, nil
}

func levelName(level int64) string {
	if level == math.MaxInt64 { // a creator of the room
		return "all power"
	}
	return fmt.Sprintf("level %d", level)
}

// levelEffect says what a level would do in one room.
func levelEffect(c *call, l LevelChange) string {
	const few = 5
	said := fmt.Sprintf("%s: now %d", c.room(l.Room), l.Now)
	if len(l.Gains) > 0 {
		said += ". They could then " + text.And(l.Gains)
	}
	if len(l.Loses) > 0 {
		said += ". They could no longer " + text.And(l.Loses)
	}
	if len(l.Passes) > 0 {
		said += ". They would stand above " + text.Named(l.Passes, few)
	}
	if len(l.Below) > 0 {
		said += fmt.Sprintf(". %s would stand above them", text.Named(l.Below, few))
	}
	return said
}
