package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// level gives back the power level that somebody had, if they have the one that they were given.
func (u *undone) level(did action.Action) {
	var was struct {
		Level *int64 `json:"level"`
	}
	who, where := text.Code(string(did.User)), u.room(did.Room)
	if json.Unmarshal(did.Was, &was) != nil || was.Level == nil || did.Level == nil {
		u.stays = append(u.stays, fmt.Sprintf("the power level of %s in %s, for it was not written down what they had before", who, where))
		return
	}
	before := *was.Level
	of := u.levels.Levels(did.User, u.Sender, before, did.Room)
	why := ""
	switch {
	case len(of) == 0:
		why = "I do not look after that room any more"
	case of[0].Now == before:
		return
	case of[0].Now != *did.Level:
		u.newer = append(u.newer, fmt.Sprintf("%s has level %d in %s by now", who, of[0].Now, where))
		return
	case of[0].Over && did.User != u.Sender:
		why = "they stand as high as you there"
	case before > of[0].By:
		why = fmt.Sprintf("you have %s there, and give no more than that", levelName(of[0].By))
	default:
		why = text.Markup(of[0].Refused)
	}
	if why != "" {
		u.stays = append(u.stays, fmt.Sprintf("the power level of %s in %s, for %s", who, where, why))
		return
	}
	seen, _ := json.Marshal(map[string]int64{"level": *did.Level})
	u.plan.want(action.Action{Verb: action.SetLevel, Room: did.Room, User: did.User, Level: &before, Was: seen})
	u.says = append(u.says, fmt.Sprintf("gives %s level %d again in %s", who, before, levelEffect(u.call, of[0])))
}

// alias has an address lead to where it led, if it leads to where it was put.
func (u *undone) alias(ctx context.Context, did action.Action) error {
	var was struct {
		Room id.RoomID `json:"room"`
	}
	now, err := u.places.Leads(ctx, did.Alias)
	if err != nil {
		return err
	}
	left, before := did.Room, id.RoomID("") // where the command left it, and where it led until then
	if did.Was != nil && json.Unmarshal(did.Was, &was) == nil {
		before = was.Room
	}
	if did.Verb == action.DropAlias {
		left, before = "", did.Room
	}
	address := text.Code(string(did.Alias))
	shown, plays := ours(u.call, before)
	switch {
	case now == before:
	case now != left:
		u.newer = append(u.newer, address+" leads elsewhere by now")
	case before == "":
		u.plan.do(action.Action{Verb: action.DropAlias, Room: now, Alias: did.Alias}, "")
		u.says = append(u.says, fmt.Sprintf("has %s lead nowhere", address))
	case !plays:
		u.stays = append(u.stays, fmt.Sprintf("the address %s, for it led to a room that is none of yours", address))
	default:
		a := action.Action{Verb: action.PointAlias, Room: before, Alias: did.Alias}
		if now != "" {
			a.Was, _ = json.Marshal(map[string]id.RoomID{"room": now})
		}
		u.plan.do(a, "")
		u.says = append(u.says, fmt.Sprintf("has %s lead to %s again", address, shown))
	}
	return nil
}

// listed puts a room into the directory again, or takes it out.
func (u *undone) listed(did action.Action) {
	back, does := action.Unlist, "takes %s out of the directory"
	if did.Verb == action.Unlist {
		back, does = action.List, "lists %s in the directory"
	}
	if _, part := partOf(u.call, did.Room); part != isProtected {
		u.stays = append(u.stays, fmt.Sprintf("the entry in the directory of %s, which I do not protect", u.room(did.Room)))
		return
	}
	u.plan.do(action.Action{Verb: back, Room: did.Room}, "")
	u.says = append(u.says, fmt.Sprintf(does, u.room(did.Room)))
}
