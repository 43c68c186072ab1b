package commands

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// unchange takes back what a command changed besides what it did, if it is as that left it. Of what takes a look of its own, such
// as to follow a list again, it says the command.
func (u *undone) unchange(did Change) {
	switch who := text.Code(string(did.User)); did.Kind {
	case SpareFrom:
		if apart(&u.known, policy.Rule{List: did.Room}, did.User) {
			u.counts(did, CountAgain, fmt.Sprintf("has %s count for %s again", u.listOf(policy.Rule{List: did.Room}), who))
		}
	case CountAgain:
		if u.watches(Ref{Room: did.Room}) && !apart(&u.known, policy.Rule{List: did.Room}, did.User) {
			u.counts(did, SpareFrom, fmt.Sprintf("has %s not count for %s again", u.listOf(policy.Rule{List: did.Room}), who))
		}
	case Watch:
		if list, watched := u.named(did.Room); watched {
			u.unwatch(list)
		}
	case Unwatch:
		if !u.watches(Ref{Room: did.Room}) {
			u.stays = append(u.stays, fmt.Sprintf("by itself that a list is watched no more: %s shows first whom it would hit", writing("watch", did.Room)))
		}
	case Release:
		u.stays = append(u.stays, "that a list's changes are followed: `!forseti exempt` frees whom they hit, and `!forseti unwatch` all")
	case KeepBans:
		u.stays = append(u.stays, "that bans are yours now: `!forseti unban` lifts them")
	case Protect:
		if protects(&u.known, did.Room) {
			u.stays = append(u.stays, fmt.Sprintf("by itself that I look after a room: %s ends it", writing("rooms remove", did.Room)))
		}
	case Unprotect:
		if !protects(&u.known, did.Room) {
			u.stays = append(u.stays, fmt.Sprintf("by itself that I look after a room no more: %s takes it up again", writing("rooms add", did.Room)))
		}
	case FollowSpace:
		u.stays = append(u.stays, "by itself which Space I follow: `!forseti rooms add` and `rooms remove` change it")
	case Pardon:
		u.stays = append(u.stays, fmt.Sprintf("the points that %s had: `!forseti warn` counts anew", who))
	case BanImage, TakeImages:
		u.stays = append(u.stays, "by itself that pictures are banned: `!forseti images` shows them, and `!forseti unban-image` takes one out")
	case UnbanImage:
		u.stays = append(u.stays, "by itself that a picture is banned no more: `!forseti ban-image` bans it anew")
	}
}

func writing(name string, room id.RoomID) string {
	return text.Code("!forseti " + name + " " + grammar.Quote(string(room)))
}

// counts has a list count for somebody, or not.
func (u *undone) counts(did Change, back ChangeKind, does string) {
	effect := u.bans.PreviewApart(did.Room, did.User, back == SpareFrom)
	u.moves.Hit, u.moves.Freed = u.moves.Hit+effect.Weight().Hit, u.moves.Freed+len(effect.Freed)
	if effect.hits() {
		does += ", which would " + u.hits(effect)
	} else if freed := frees(effect); freed != "" {
		does += ", which would " + freed
	}
	u.plan.change(Change{Kind: back, Room: did.Room, User: did.User}, "")
	u.says = append(u.says, does)
}

// unwatch has a list be followed no more.
func (u *undone) unwatch(list List) {
	effect := u.lists.PreviewDrop(list.ID)
	u.moves.Hit, u.moves.Freed = u.moves.Hit+effect.Weight().Hit, u.moves.Freed+len(effect.Freed)
	does := "stops watching " + u.listName(list)
	if freed := frees(effect); freed != "" {
		does += ", which would " + freed
	}
	u.plan.change(Change{Kind: Unwatch, Room: list.ID}, "")
	u.says = append(u.says, does)
}

// protects tells whether a room is looked after.
func protects(k *known, room id.RoomID) bool {
	return slices.ContainsFunc(k.names.Rooms(), func(r Room) bool { return r.ID == room })
}
