package community

import (
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// protectionChanges are what commands change of protections.
type protectionChanges struct {
	loop       *loop.Loop
	protectors *protectors
}

// modes are what commands switch a protection to.
func modes() map[commands.ChangeKind]kit.Mode {
	return map[commands.ChangeKind]kit.Mode{commands.Enable: kit.On, commands.Shadow: kit.Shadow, commands.Disable: kit.Off}
}

// posture changes how strict the community is.
func (p *protectionChanges) posture(c commands.Change) error {
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	p.loop.See(func() {
		if err = nil; c.Kind == commands.SetClock {
			err = p.protectors.posture.setClock(c.Key, c.Value, time.Now())
			return
		}
		p.protectors.posture.order(c, time.Now())
	})
	return err
}

// pardon has all that a user did count no more.
func (p *protectionChanges) pardon(u id.UserID) error {
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	p.loop.See(func() {
		p.protectors.pardon(u)
		err = nil
	})
	return err
}

// change switches a protection to another mode, or changes a setting of it.
func (p *protectionChanges) change(c commands.Change) error {
	if c.Kind == commands.Notice {
		p.loop.See(func() { p.protectors.follows.setNotice(c.Key, c.Value) })
		return nil
	}
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	if c.Kind == commands.SetCalls {
		var set sanction.Calls
		if json.Unmarshal([]byte(c.Value), &set) != nil {
			return refuse("I do not know that change any more. Write the command anew")
		}
		p.loop.See(func() {
			p.protectors.follows.calls.change(set)
			err = nil
		})
		return err
	}
	if c.Kind == commands.SetLadder {
		p.loop.See(func() { err = p.protectors.follows.setLadder(c.Key, c.Value) })
		return err
	}
	if c.Kind == commands.SetRule || c.Kind == commands.DropRule {
		p.loop.See(func() { err = p.protectors.stand.changeRule(c) })
		return err
	}
	var kind kit.Kind
	ok := false
	p.loop.See(func() { kind, ok = p.protectors.stand.rules.find(c.Name) })
	if !ok {
		return refuse("There is no protection %s. `!forseti protections` lists them", text.Code(c.Name))
	}
	p.loop.See(func() {
		s := p.protectors.stand.of[kind.Name]
		if mode, switches := modes()[c.Kind]; switches {
			p.protectors.stand.change(kind, s.WithMode(c.Room, mode))
			err = nil
			return
		}
		var values map[string]string
		if values, err = kind.Written(s, c.Room, c.Key, c.Value); err == nil {
			p.protectors.stand.change(kind, s.WithValues(c.Room, values))
		}
	})
	return err
}
