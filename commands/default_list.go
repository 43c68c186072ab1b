package commands

import (
	"context"
	"slices"
	"strings"

	"forseti/commands/grammar"
)

// noList is what a moderator writes for no list at all.
const noList = "none"

// listOrNone is listValue that also takes none, which is the zero Ref.
var listOrNone = value{hint: "list or none", parse: func(c *call, w grammar.Word) (any, error) {
	if strings.EqualFold(w.Text, noList) && len(c.called(w.Text)) == 0 {
		return Ref{}, nil
	}
	return listValue.parse(c, w)
}}

// listDefault shows or changes the list that rules are written to if none is named.
func listDefault(ctx context.Context, c *call, d ListDesk) (Plan, error) {
	all := c.watched()
	at := slices.IndexFunc(all, func(l List) bool { return l.Default })
	ref, given := c.args["list"].(Ref)
	switch {
	case !given && at < 0:
		return says("There is no default list. `!forseti list default` with a list's name makes it the one that rules are written to if none is named."), nil
	case !given:
		return says("Rules are written to %s if no list is named.", c.listName(all[at])), nil
	case ref.Name+string(ref.Room)+string(ref.Alias) == "" && at < 0:
		return says("There is no default list."), nil
	case ref.Name+string(ref.Room)+string(ref.Alias) == "":
		p := Plan{
			Effect: "There would be no default list any more.",
			Answer: "There is no default list any more. It was " + c.listName(all[at]) + ".",
		}
		p.change(Change{Kind: DefaultList}, "")
		return p, nil
	}
	l, err := c.listAt(ctx, d)
	if err == nil {
		l, err = c.writable(Ref{Room: l.ID})
	}
	switch {
	case err != nil:
		return Plan{}, err
	case l.Default:
		return says("Rules are written to %s already if no list is named.", c.listName(l)), nil
	}
	p := Plan{
		Effect: "Rules would be written to " + c.listName(l) + " if no list is named.",
		Answer: "Rules are written to " + c.listName(l) + " from now on if no list is named.",
	}
	p.change(Change{Kind: DefaultList, Room: l.ID}, "")
	return p, nil
}
