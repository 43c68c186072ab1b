package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// HowWatched is how a list is watched.
type HowWatched struct {
	NoACL  bool `json:"no_acl,omitempty"`  // its rules about servers are only shown
	NoBans bool `json:"no_bans,omitempty"` // its rules about users are
	Quiet  bool `json:"quiet,omitempty"`   // what it changed is summed up once an hour
	Review bool `json:"review,omitempty"`  // what is new in it waits for a yes
	Redact bool `json:"redact,omitempty"`  // what newcomers wrote goes whom its rules ban, for the reasons for which that goes
}

// mostPriority is how many lists can be put in order.
const mostPriority = 100

var (
	priorityValue = number(1, mostPriority)
	howFlags      = []flag{
		{name: "no-acl", doc: "its rules about servers are shown and go into no server ACL"},
		{name: "no-bans", doc: "its rules about users are shown and ban nobody"},
		{name: "quiet", doc: "what it changes is summed up once an hour, and not told at once"},
		{name: "review", doc: "what is new in it waits for your yes: you are asked once a day, and at once about a wave of rules"},
		{name: "redact", doc: "what newcomers wrote within a day goes too whom its rules ban, for the reasons that `reasons remove` names, and of no more users at a time than the list may ban without your yes"},
		{name: "priority", value: &priorityValue, doc: "its place among the lists; of several rules about one name that of the first list gives the reason"},
		{name: "all", doc: "of a list that is watched already: follow all of it again, and tell it at once"},
	}
)

// roomOrList is a room, or the shortcode or name of a watched list.
var roomOrList = value{hint: "room", parse: func(c *call, w grammar.Word) (any, error) {
	ref, err := parseRoom(w.Text)
	if err != nil && len(c.called(w.Text)) > 0 {
		return Ref{Name: w.Text}, nil
	}
	return ref, err
}, like: anyWord}

// words say how a list is watched, if it is not as any other.
func (h HowWatched) words() string {
	var said []string
	switch {
	case h.NoACL && h.NoBans:
		said = append(said, "its rules about users and servers are only shown")
	case h.NoACL:
		said = append(said, "its rules about servers are only shown")
	case h.NoBans:
		said = append(said, "its rules about users are only shown")
	}
	if h.Quiet {
		said = append(said, "what it changes is summed up once an hour")
	}
	if h.Review {
		said = append(said, "what is new in it waits for your yes")
	}
	if h.Redact {
		said = append(said, "what newcomers wrote goes too whom its rules ban, for the reasons that `reasons remove` names")
	}
	return text.And(said)
}

// howOf gives how a list is to be watched, and its place among the lists, 0 for none.
func howOf(c *call) (how HowWatched, place int, given bool, err error) {
	how = HowWatched{NoACL: option[bool](c, "no-acl"), NoBans: option[bool](c, "no-bans"), Quiet: option[bool](c, "quiet"), Review: option[bool](c, "review"), Redact: option[bool](c, "redact")}
	all := option[bool](c, "all")
	if all && how != (HowWatched{}) {
		return how, 0, true, refuse("`--all` ends the other options: write it without them.")
	}
	return how, option[int](c, "priority"), all || how != (HowWatched{}), nil
}

func watch(ctx context.Context, c *call, d ListDesk) (Plan, error) {
	ref := arg[Ref](c, "room")
	if l, err := c.findList(ref); err == nil && l.Problem == "" {
		return rewatch(c, l, d)
	} else if ref.Name != "" {
		ref = Ref{Room: l.ID}
		if err != nil {
			return Plan{}, err
		}
	}
	how, place, given, err := howOf(c)
	if err != nil {
		return Plan{}, err
	}
	l, err := d.Peek(ctx, ref, how)
	switch {
	case err != nil:
		return Plan{}, err
	case l.Known && l.Problem == "":
		return rewatch(c, l.List, d)
	case l.Known && !given:
		how = l.How
	}
	e := l.Effect
	about := fmt.Sprintf("%s has %s.", c.roomLink(l.ID, l.Name), text.Count(l.Rules, "rule"))
	if near := nearest(e); near != "" {
		about = text.Paragraphs(about, near, wouldDo(c, e)+exempting(l), allNames(e))
	} else {
		about = text.Paragraphs(about+" "+wouldDo(c, e)+exempting(l), allNames(e))
	}
	if words := how.words(); words != "" && !l.Known {
		about = text.Paragraphs(about, "As you want it, "+words+".")
	}
	p := Plan{Effect: about, Answer: text.Paragraphs("Watching the list.", about), Weight: e.Weight()}
	if l.Known {
		p.Answer = "I watch " + c.roomLink(l.ID, l.Name) + " already, and am back in it."
	}
	asks := e.hits() || len(e.Freed) > 0 || len(e.Allowed) > 0 || e.Everyone || e.FreesEveryone || e.Wide
	if asks && !l.Known {
		p.Ask = "Watch it?"
		p.otherwise(Change{Kind: LeaveAgain, Room: l.ID})
	}
	p.change(Change{Kind: Watch, Room: l.ID, Via: l.Via, Sure: p.Ask != "" || how.Review, Value: how.value(), Number: place}, "")
	return p, nil
}

// rewatch changes how a list is watched.
func rewatch(c *call, l List, d ListDesk) (Plan, error) {
	how, place, given, err := howOf(c)
	if !given {
		how = l.How
	}
	switch {
	case err != nil:
		return Plan{}, err
	case how == l.How && place == 0:
		said := fmt.Sprintf("I watch %s already", c.roomLink(l.ID, l.Name))
		if words := l.How.words(); words != "" {
			return says("%s; %s. With `--all`, all of it counts again.", said, words), nil
		}
		return says("%s.", said), nil
	}
	var p Plan
	would, now := "", ""
	if how != l.How {
		words := how.words()
		if words == "" {
			words = "all of it counts, and is told at once"
		}
		would, now = "; "+words, "; "+words
	}
	if place > 0 {
		order := fmt.Sprintf("; it is number %d of the lists", min(place, len(c.watched())))
		would, now = would+order, now+order
	}
	p.Effect = fmt.Sprintf("The list %s would be watched otherwise%s.", c.listName(l), would)
	p.Answer = fmt.Sprintf("The list %s is watched otherwise%s.", c.listName(l), now)
	if how.NoACL != l.How.NoACL || how.NoBans != l.How.NoBans {
		e := d.PreviewHow(l.ID, how)
		p.Weight = e.Weight()
		if said := againstAndFor(c, e); said != "" {
			p.Effect = text.Paragraphs(p.Effect+" That would "+said+".", nearest(e), allNames(e))
			p.Ask = "Watch it so?"
		}
		if more := warnings(e); more != "" {
			p.Effect, p.Ask = text.Paragraphs(p.Effect, more), "Watch it so?"
		}
	}
	p.change(Change{Kind: SetHow, Room: l.ID, Value: how.value(), Number: place}, "")
	return p, nil
}

// againstAndFor says whom a change would free and hit, after "would"; "" for nobody.
func againstAndFor(c *call, e Effect) string {
	hit := ""
	if e.hits() {
		hit = c.hits(e)
	}
	return both(frees(e), hit)
}

// warnings say what of an effect goes beyond who is here now.
func warnings(e Effect) string {
	var said []string
	if e.Everyone {
		said = append(said, "**It matches everyone**, also who comes later.")
	}
	if e.FreesEveryone {
		said = append(said, "**It frees everyone.**")
	}
	return strings.Join(append(said, broad(e)...), " ")
}

// value is how a list is watched as a change has it; "" for as any other.
func (h HowWatched) value() string {
	if h == (HowWatched{}) {
		return ""
	}
	raw, _ := json.Marshal(h) // which always can be
	return string(raw)
}
