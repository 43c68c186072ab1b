package commands

import (
	"context"
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// restore takes back what hangs on what there was before.
func (u *undone) restore(ctx context.Context, did action.Action, by action.Undoing) error {
	switch by {
	case action.UndoLevel:
		u.level(did)
	case action.UndoPointing:
		var was struct {
			Room id.RoomID `json:"room"`
		}
		_ = json.Unmarshal(did.Was, &was) // of one that led nowhere there is nothing
		return u.alias(ctx, did.Alias, was.Room, did.Room)
	case action.UndoDropping:
		return u.alias(ctx, did.Alias, did.Room, "")
	case action.UndoListing:
		u.listed(ctx, did.Room, action.Unlist, false, "takes %s out of the directory")
	case action.UndoUnlisting:
		u.listed(ctx, did.Room, action.List, true, "lists %s in the directory")
	}
	return nil
}

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
	of := u.levels.Levels(did.User, u.Sender, before, []id.RoomID{did.Room})
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

// alias has an address lead to where it led before, "" for nowhere, if it leads to where the command
// left it.
func (u *undone) alias(ctx context.Context, alias id.RoomAlias, before, left id.RoomID) error {
	now, err := u.places.Leads(ctx, alias)
	if err != nil {
		return err
	}
	address := text.Code(string(alias))
	shown, plays := ours(u.call, before)
	switch {
	case now == before:
	case now != left:
		u.newer = append(u.newer, address+" leads elsewhere by now")
	case before == "":
		u.plan.do(action.Action{Verb: action.DropAlias, Room: now, Alias: alias}, "")
		u.says = append(u.says, fmt.Sprintf("has %s lead nowhere", address))
	case !plays:
		u.stays = append(u.stays, fmt.Sprintf("the address %s, for it led to a room that is none of yours", address))
	default:
		a := action.Action{Verb: action.PointAlias, Room: before, Alias: alias}
		if now != "" {
			a.Was, _ = json.Marshal(map[string]id.RoomID{"room": now})
		}
		u.plan.do(a, "")
		u.says = append(u.says, fmt.Sprintf("has %s lead to %s again", address, shown))
	}
	return nil
}

// listed has a room be in the directory again, or not any more.
func (u *undone) listed(ctx context.Context, room id.RoomID, back action.Verb, shown bool, does string) {
	if _, part := partOf(u.call, room); part != isProtected {
		u.stays = append(u.stays, fmt.Sprintf("the entry in the directory of %s, which I do not protect", u.room(room)))
		return
	}
	if is, err := u.places.Listed(ctx, room); err == nil && is == shown {
		return // as it was
	}
	u.plan.do(action.Action{Verb: back, Room: room}, "")
	u.says = append(u.says, fmt.Sprintf(does, u.room(room)))
}
