package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

// release is what an unban finds.
type release struct {
	ours   []policy.Rule // rules that we may remove
	locked []policy.Rule // rules in lists that we may not write to
}

func unban(ctx context.Context, c *call) (Answer, error) {
	e := arg[entity](c, "entity")
	invite := option[bool](c, "invite")
	single := e.kind == policy.User && !e.glob
	if invite && !single {
		return Answer{}, refuse("Only a single user can be invited. Leave out `--invite`.")
	}
	found := c.holding(e)
	lists := listsOf(found.ours)
	wide := slices.ContainsFunc(found.ours, policy.Rule.IsGlob) && !e.glob

	switch {
	case len(found.ours) == 0 && len(found.locked) > 0:
		return Answer{Markdown: c.stays(e, found.locked) + "\n\nNothing was changed. Ask the owners of these lists, or stop watching them."}, nil
	case c.Bot.Status().DryRun && len(found.ours) > 0:
		return Answer{Markdown: "Dry run: nothing was removed. " + c.wouldRemove(e, found)}, nil
	case (wide || len(lists) > 1 || len(found.ours) > 0 && len(found.locked) > 0) && !c.sure():
		return Answer{Ask: true, Markdown: c.wouldRemove(e, found) + "\n\nRemove them?"}, nil
	}
	if len(found.ours) > 0 {
		if err := c.Bot.RemoveRules(ctx, found.ours); err != nil {
			return Answer{}, fmt.Errorf("%w. No ban was lifted by hand", err)
		}
	}
	said := ""
	if len(found.ours) > 0 {
		said = "Removed " + text.Count(len(found.ours), "rule") + ":" + listing(c.someLines(found.ours, true), "")
	}
	if len(found.locked) > 0 {
		return Answer{Markdown: lines(said, c.stays(e, found.locked))}, nil
	}
	if !single {
		if said == "" {
			said = fmt.Sprintf("There is no ban rule for the %s %s.", e.kind, text.Code(e.name))
			if e.glob {
				said += " A pattern has to be written exactly as in the rule; `!forseti rules` shows them."
			}
		}
		return Answer{Markdown: said}, nil
	}
	return c.free(ctx, e, said, invite)
}

// free lifts the bans of a user whom no rule holds any more.
func (c *call) free(ctx context.Context, e entity, said string, invite bool) (Answer, error) {
	rooms, err := c.Bot.Unban(ctx, Target{User: id.UserID(e.name), By: c.Sender, Command: c.Event}, invite)
	if err != nil {
		if said != "" {
			return Answer{}, fmt.Errorf("the rules are removed, but not all bans are lifted: %w", err)
		}
		return Answer{}, err
	}
	switch {
	case rooms > 0:
		said = lines(said, c.inDryRun(fmt.Sprintf("Lifting the ban of %s in %s.", text.Code(e.name), text.Count(rooms, "room"))))
	case said == "":
		said = fmt.Sprintf("%s is not banned: no ban rule matches, and no protected room bans them.", text.Code(e.name))
	}
	return Answer{Markdown: lines(said, c.serverNote(e))}, nil
}

// holding finds the ban rules for an entity. A pattern is only held by the very
// same pattern.
func (c *call) holding(e entity) (found release) {
	writable := map[id.RoomID]bool{}
	for _, l := range c.watched() {
		writable[l.ID] = l.Writable
	}
	rules := c.Bot.Matching(e.kind, e.name)
	if e.glob {
		rules = nil
		for _, r := range c.Bot.Rules("") {
			if r.Kind == e.kind && r.IsGlob() && sameEntity(r, e) {
				rules = append(rules, r)
			}
		}
		sortRules(rules)
	}
	for _, r := range rules {
		switch {
		case !isBan(r):
		case writable[r.List]:
			found.ours = append(found.ours, r)
		default:
			found.locked = append(found.locked, r)
		}
	}
	return found
}

func sameEntity(r policy.Rule, e entity) bool {
	return r.Entity == e.name || e.kind != policy.RoomKind && strings.EqualFold(r.Entity, e.name)
}

func (c *call) wouldRemove(e entity, found release) string {
	said := fmt.Sprintf("To unban %s, these rules have to go:%s", text.Code(e.name), listing(c.someLines(found.ours, true), ""))
	others := map[id.UserID]bool{}
	for u, r := range c.Bot.MatchedMembers() {
		if string(u) != e.name && slices.Contains(found.ours, r) {
			others[u] = true
		}
	}
	if len(others) > 0 {
		said += fmt.Sprintf("\n\nThey also hold %s of protected rooms.", text.Count(len(others), "other present member"))
	} else if slices.ContainsFunc(found.ours, policy.Rule.IsGlob) {
		said += "\n\nA pattern holds others as well: whom only it held is freed too."
	}
	if len(found.locked) > 0 {
		said += "\n\n" + c.stays(e, found.locked)
	}
	return said
}

func (c *call) stays(e entity, locked []policy.Rule) string {
	return fmt.Sprintf("%s stays banned all the same, by %s in lists that I may not write to:%s",
		text.Code(e.name), text.Count(len(locked), "rule"), listing(c.someLines(locked, true), ""))
}

// serverNote tells of rules that shut out a user's server, which unbanning the user
// does not change.
func (c *call) serverNote(e entity) string {
	for _, r := range c.Bot.Matching(policy.Server, policy.ServerOf(id.UserID(e.name))) {
		if isBan(r) {
			return fmt.Sprintf("The user's server is still shut out: %s.", c.ruleLine(r, true))
		}
	}
	return ""
}

func listsOf(rules []policy.Rule) map[id.RoomID]bool {
	lists := map[id.RoomID]bool{}
	for _, r := range rules {
		lists[r.List] = true
	}
	return lists
}
