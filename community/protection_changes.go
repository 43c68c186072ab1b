package community

import (
	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/protections"
	"forseti/text"
)

// protectionChanges are what commands change of protections.
type protectionChanges struct {
	loop       *loop.Loop
	protectors *protectors
}

// change switches a protection on or off, or changes a setting of it.
func (p *protectionChanges) change(c commands.Change) error {
	kind, ok := protections.Find(c.Name)
	if !ok {
		return refuse("There is no protection %s. `!forseti protections` lists them", text.Code(c.Name))
	}
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	p.loop.See(func() {
		s := p.protectors.stand[kind.Name]
		if c.Kind != commands.Configure {
			p.protectors.change(kind, s.WithEnabled(c.Room, c.Kind == commands.Enable))
			err = nil
			return
		}
		var values map[string]string
		if values, err = kind.Set(s.Own(c.Room), c.Key, c.Value); err == nil {
			p.protectors.change(kind, s.WithValues(c.Room, values))
		}
	})
	return err
}
