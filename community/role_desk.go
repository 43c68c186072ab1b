package community

import (
	"time"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
)

// roleDesk shows who may do what, and has it changed.
type roleDesk struct {
	loop  *loop.Loop
	roles *ranks
}

var _ commands.RoleDesk = roleDesk{}

// Roles are what it takes.
func (d roleDesk) Roles() (r commands.Roles) {
	d.loop.See(func() { r = d.roles.set })
	return r
}

// Team is who is in the management room.
func (d roleDesk) Team() (all []commands.Colleague) {
	d.loop.See(func() { all = d.roles.team() })
	return all
}

func (d roleDesk) duty(c commands.Change) error {
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	d.loop.See(func() {
		d.roles.management.duty.order(c, time.Now())
		err = nil
	})
	return err
}

func (d roleDesk) change(c commands.Change) error {
	to, err := commands.ReadRoles(c)
	if err != nil {
		return refuse("I do not know that change any more. Write the command anew")
	}
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	d.loop.See(func() {
		d.roles.change(to)
		err = nil
	})
	return err
}
