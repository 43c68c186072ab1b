package commands

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// Invitation is where a moderator invites us to, with what they say of it.
type Invitation struct {
	Room id.RoomID `json:"room"`
	Name string    `json:"name,omitempty"`
	List bool      `json:"list,omitempty"` // it calls itself a policy list
}

// InvitedWords say who invited us, and where to.
func InvitedWords(by id.UserID, to Invitation) string {
	name := ""
	if to.Name != "" {
		name = " (" + text.Escape(to.Name, 60) + ")"
	}
	return fmt.Sprintf("%s invited me to %s%s, so I go there.", text.Code(string(by)), text.Code(string(to.Room)), name)
}

// Invited plans what we are there for, by the command that would have it so, and asks: to protect the room or, if it calls
// itself one, to watch the list. If the answer is no, we leave again. A plan without steps says why there is none.
func (s *Set) Invited(ctx context.Context, r Request, to Invitation) (line string, p Plan) {
	line, ask := "rooms add "+string(to.Room), "Protect it?"
	if to.List {
		line, ask = "watch "+string(to.Room), "Watch it?"
	}
	if !validRoomID(string(to.Room)) {
		return line, Plan{}
	}
	if p = s.Plan(ctx, r, line); len(p.Steps) == 0 {
		return line, p
	}
	if p.Ask == "" {
		p.Ask, p.Sure = ask, true
	}
	p.Ask += " If not, I leave it again."
	p.otherwise(Change{Kind: LeaveAgain, Room: to.Room})
	return line, p
}
