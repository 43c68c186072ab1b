package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// Act is something that a command did, and how it stands.
type Act struct {
	Action action.Action
	Event  id.EventID      // what it sent, if it sent something
	Was    json.RawMessage // what stood there before
	// Stands says that a ban is as we left it, or that whom we freed has neither come back nor been
	// banned again. Of other things the commands themselves see it.
	Stands bool
	Open   bool // it is not done yet
}

// undoDesks are what it takes to take something back.
type undoDesks struct {
	cases  CaseDesk
	bans   BanDesk
	mutes  MuteDesk
	levels LevelDesk
	places RoomDesk
	lists  ListDesk
	locks  LockDesk
}

func undoCommands(d undoDesks) []*command {
	return []*command{{
		name: "undo", family: "Members", effect: moderates,
		summary:  "take back what a command did, or what I did by myself, by the number of the case",
		details:  "Without a number it is what you yourself did last. It shows what would be restored, and asks. All of the command is taken back: rules that it wrote are removed and all whom they alone held are freed, rules that it removed are written again, bans are lifted if they are mine and nothing else holds them, mutes end, power levels, addresses and entries in the directory are as they were. Of what a list's rules did that others wrote, the list does not count any more for those users, and its rules stay. What cannot come back, such as removed messages, is said. If something newer stands in the way, it says what, and does nothing.",
		params:   []param{{name: "case", optional: true, doc: "the number of the case; left out or `latest`, what you did last", value: latestOr(caseNumber), kind: saysCase}},
		asks:     "always",
		examples: []string{"undo", "undo 12"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return undo(ctx, c, d) },
	}}
}

func undo(ctx context.Context, c *call, d undoDesks) (Plan, error) {
	n := arg[int](c, "case")
	latest := n == 0
	if latest {
		all, err := d.cases.Cases(ctx, Sought{User: c.Sender, Since: d.cases.Now().Add(-30 * 24 * time.Hour)})
		if err != nil {
			return Plan{}, err
		}
		i := slices.IndexFunc(all, func(of Case) bool { return of.OpenedBy == c.Sender && of.Decided != CaseOverturned })
		if i < 0 {
			return says("You have done nothing of late that I could undo. `!forseti cases` lists what others did."), nil
		}
		n = all[i].Number
	}
	of, err := findCase(ctx, d.cases, n)
	switch {
	case err != nil:
		return Plan{}, err
	case of.Decided == CaseOverturned:
		return says("Case %d was undone already, by %s. `!forseti case %d` shows what it was: to have it again, write it anew.", n, text.Code(string(of.DecidedBy)), n), nil
	}
	p, err := undoing(ctx, c, d, of)
	if latest {
		p.As = fmt.Sprintf("undo %d", n) // which is not the latest any more once it is undone
	}
	return p, err
}

// undoing is the plan that takes back what was done in a case.
func undoing(ctx context.Context, c *call, d undoDesks, of Case) (Plan, error) {
	title := fmt.Sprintf("Case %d (%s, %s, by %s)", of.Number, of.whom(&c.known), c.stamp(of.Opened), of.openedBy())
	p := Plan{Ask: "Undo it?"}
	p.Answer = fmt.Sprintf("Case %d is undone.", of.Number)
	if of.List != "" {
		return undoListed(c, d.bans, of, p)
	}
	if of.Going {
		return Plan{}, refuse("Case %d is still being carried out, so what it comes to is not known yet. Write that once more when I have answered it.", of.Number)
	}
	if of.Command == "" { // a protection's, or a warning: all of it is known where it is decided
		p.Effect = title + " would be undone: what was done and still stands would be taken back, and it would count no more. What was removed stays so."
		p.Answer += " It counts no more; what was removed stays so."
		p.change(Change{Kind: OverturnCase, Number: of.Number, User: c.Sender}, "")
		return p, nil
	}
	title = fmt.Sprintf("Case %d (%s, by %s)", of.Number, c.stamp(of.Opened), of.openedBy()) // whom it is about stands below
	acts, err := d.cases.Acts(ctx, of.Number)
	if err != nil {
		return Plan{}, err
	}
	p.Fresh = true // what is done by then is taken back as well
	u := &undone{call: c, undoDesks: d, plan: &p, lost: map[[2]string]int{}, open: map[string]int{}}
	if slices.ContainsFunc(acts, func(a Act) bool { return a.Open }) {
		p.change(Change{Kind: HaltCase, Number: of.Number}, "")
	}
	// What was done last is taken back first: an exemption goes after the rule that it is one from.
	for _, a := range slices.Backward(stillToUndo(acts)) {
		if err := u.take(ctx, a); err != nil {
			return Plan{}, err
		}
	}
	u.locked(of)
	for _, changed := range slices.Backward(of.Changed) {
		u.unchange(changed)
	}
	if len(u.newer) > 0 {
		return Plan{}, refuse("I cannot undo case %d, for something newer stands in its place: %s. Nothing was done.", of.Number, text.And(u.newer))
	}
	lost := u.gone()
	if len(p.Steps) == 0 {
		return says("%s", text.Paragraphs(fmt.Sprintf("Nothing of case %d stands any more that could be taken back.", of.Number), lost)), nil
	}
	effect := d.bans.Preview(u.adds, u.removes)
	effect.brief = true
	p.Weight = effect.Weight()
	p.Weight.Hit, p.Weight.Freed = p.Weight.Hit+u.moves.Hit, p.Weight.Freed+u.moves.Freed
	var stops []string
	if open := u.stopped(); open != "" {
		stops = []string{"leaves undone what is still to do of it: " + open}
		p.Answer += fmt.Sprintf(" What was still to do of it is not done any more: %s.", open)
	}
	said := []string{title + " would be undone:" + listing(slices.Concat(stops, u.unwritten(), u.says, u.reversals()), "")}
	if freed := frees(effect); freed != "" {
		said = append(said, "That would "+freed+".")
	}
	if hit := slices.Concat(effect.Banned, effect.Shut); len(hit) > 0 {
		said = append(said, "It would hit "+effect.some(hit, len(hit))+".")
	}
	p.Effect = text.Paragraphs(append(said, lost, effect.everybody())...)
	p.Answer = text.Paragraphs(p.Answer, lost)
	p.change(Change{Kind: OverturnCase, Number: of.Number, User: c.Sender}, "")
	return p, nil
}

// stillToUndo leaves out what took back something of the same case: who was banned by a rule and freed when it went is not to
// be banned again.
func stillToUndo(acts []Act) (rest []Act) {
	type deed struct {
		verb action.Verb
		room id.RoomID
		user id.UserID
	}
	did := map[deed]bool{}
	for _, a := range acts {
		row := a.Action.Verb.Row()
		if a.Action.User != "" && row.Direction == action.Loosens && did[deed{row.Reverse, a.Action.Room, a.Action.User}] {
			continue
		}
		did[deed{a.Action.Verb, a.Action.Room, a.Action.User}] = true
		rest = append(rest, a)
	}
	return rest
}

// What cannot be taken back: one of it, and many.
var (
	messagesGone  = [2]string{"1 removed message", "%d removed messages"}
	removalsGone  = [2]string{"1 kick, after which they may come back", "%d kicks, after which they may come back"}
	mutesGone     = [2]string{"1 mute that was ended", "%d mutes that were ended"}
	invitesGone   = [2]string{"1 invitation", "%d invitations"}
	othersGone    = [2]string{"1 other change", "%d other changes"}
	bansHeld      = [2]string{"1 ban that a rule goes on to hold", "%d bans that rules go on to hold"}
	namelessRules = [2]string{"1 rule that names nobody", "%d rules that name nobody"}
)

// undone puts together what takes acts back.
type undone struct {
	*call
	undoDesks
	plan *Plan

	adds, removes []policy.Rule
	outOf         []List // of removes, from which
	says, newer   []string
	reversed      []reversal
	lost          map[[2]string]int // what cannot be taken back: one of it, and many
	stays         []string          // and why, of what is in nobody's way
	moves         Weight            // of what lists did not count for
	open          map[string]int    // what is not done yet, by its noun
}

func (u *undone) take(ctx context.Context, a Act) error {
	did, row := a.Action, a.Action.Verb.Row()
	back := action.Action{Verb: row.Reverse, Room: did.Room, User: did.User}
	if (row.Lane == action.MemberLane || row.Lane == action.LevelLane) && row.Undoing == action.UndoByReverse && did.Room != "" && !protects(&u.known, did.Room) {
		if gone := fmt.Sprintf("what was done in %s, which I do not look after any more", u.room(did.Room)); !slices.Contains(u.stays, gone) {
			u.stays = append(u.stays, gone)
		}
		return nil
	}
	if a.Open {
		u.stop(did, back)
		return nil
	}
	switch {
	case row.Guard == action.GuardList:
		u.rule(a, row)
	case row.Undoing != action.UndoByReverse:
		return u.restore(ctx, did, row.Undoing)
	case row.Lane == action.LevelLane && row.Direction == action.Tightens:
		return u.unmute(ctx, did, back)
	case row.Lane == action.LevelLane:
		u.lost[mutesGone]++
	case row.Leads == event.MembershipBan:
		if back.Parent = did.ID; a.Stands && !u.held(did.User) {
			u.reverse(back, "lifts the ban of")
		}
	case row.Reverse.Row().Leads == event.MembershipBan:
		if back.Reason = did.Reason; a.Stands {
			u.reverse(back, "bans again")
		}
	case row.Lane == action.MessageLane:
		u.lost[messagesGone]++
	case row.Once && row.Strength > 0:
		u.lost[removalsGone]++
	case row.Lane == action.MemberLane:
		u.lost[invitesGone]++
	default:
		u.lost[othersGone]++
	}
	return nil
}

// stop has what is not done yet not be done any more. What is under way just now may come to pass, and is then taken back,
// if it can be.
func (u *undone) stop(did, back action.Action) {
	row := did.Verb.Row()
	u.open[row.Words.Noun]++
	if row.Leads == event.MembershipBan || row.Lane == action.LevelLane && row.Reverse != "" && row.Direction == action.Tightens {
		back.Parent, back.Reason = did.ID, "undone by a moderator"
		u.plan.want(back)
	}
}

// stopped counts what is not done any more; "" for nothing.
func (u *undone) stopped() string {
	var all []string
	for _, noun := range slices.Sorted(maps.Keys(u.open)) {
		all = append(all, text.Count(u.open[noun], noun))
	}
	return text.And(all)
}

// unmute ends a mute, if it is still the one that was made.
func (u *undone) unmute(ctx context.Context, did, back action.Action) error {
	held, err := u.mutes.Muted(ctx, did.User)
	for _, m := range held {
		switch {
		case m.Room != did.Room:
		case m.Entry != did.ID:
			u.newer = append(u.newer, fmt.Sprintf("%s was muted anew in %s", text.Code(string(did.User)), u.room(did.Room)))
		default:
			back.Was, back.Parent = m.Was, m.Entry
			u.reverse(back, "ends the mute of")
		}
	}
	return err
}

// reverse adds what takes an act back.
func (u *undone) reverse(back action.Action, does string) {
	if back.Reason == "" {
		back.Reason = "undone by a moderator"
	}
	u.plan.want(back)
	i := slices.IndexFunc(u.reversed, func(r reversal) bool { return r.does == does && r.user == back.User })
	if i < 0 {
		i = len(u.reversed)
		u.reversed = append(u.reversed, reversal{does: does, user: back.User})
	}
	u.reversed[i].rooms = append(u.reversed[i].rooms, back.Room)
}

// reversal is what is taken back of somebody, in one room or in several.
type reversal struct {
	does  string
	user  id.UserID
	rooms []id.RoomID
}

// reversals say what is taken back of whom, a line for each, with the rooms in the order in which they are listed.
func (u *undone) reversals() (lines []string) {
	place := map[id.RoomID]int{}
	for i, r := range u.names.Rooms() {
		place[r.ID] = i
	}
	slices.SortStableFunc(u.reversed, func(a, b reversal) int { return cmp.Or(cmp.Compare(a.does, b.does), cmp.Compare(a.user, b.user)) })
	for _, r := range u.reversed {
		slices.SortFunc(r.rooms, func(a, b id.RoomID) int { return cmp.Compare(place[a], place[b]) })
		var rooms []string
		for _, room := range slices.Compact(r.rooms) {
			rooms = append(rooms, u.room(room))
		}
		lines = append(lines, fmt.Sprintf("%s %s in %s", r.does, text.Code(string(r.user)), text.NamedSome(rooms, mostAdmins)))
	}
	return lines
}

// held tells whether a rule bans a user, whatever we undo.
func (u *undone) held(user id.UserID) bool {
	for _, r := range u.bans.Matching(policy.User, string(user)) {
		followed, _ := u.bans.Followed(r)
		gone := slices.ContainsFunc(u.removes, func(other policy.Rule) bool { return other.Event == r.Event })
		if followed && isBan(r) && !gone {
			u.lost[bansHeld]++
			return true
		}
	}
	return false
}

// rule takes back what was done to a rule: to one that is as it was left.
func (u *undone) rule(a Act, row action.Row) {
	did := a.Action
	list, found := u.call.named(did.Room)
	if !found || !list.Writable {
		u.newer = append(u.newer, "a list that I cannot write to any more")
		return
	}
	var now policy.Rule
	stands := false
	for _, r := range u.bans.Rules(did.Room) {
		if r.Type == did.State.Type.Type && r.StateKey == did.State.Key {
			now, stands = r, true
		}
	}
	before, had := ruleOf(did)
	wrote := row.Direction == action.Tightens
	switch {
	case wrote && !stands:
		return // somebody removed it already
	case wrote && now.Event != a.Event:
		u.newer = append(u.newer, fmt.Sprintf("the rule for %s was changed since, in %s", text.Code(nameOf(now)), u.listName(list)))
	case wrote && !had:
		u.plan.do(RemoveRule(now), "removed the rule "+text.Code(nameOf(now)))
		u.removes, u.outOf = append(u.removes, now), append(u.outOf, list)
	case !wrote && stands:
		u.newer = append(u.newer, fmt.Sprintf("there is a rule for %s again, in %s", text.Code(nameOf(now)), u.listName(list)))
	case !had:
		u.lost[namelessRules]++
	default:
		back := did
		back.ID, back.Verb, back.Cause, back.Was = "", action.WriteRule, action.Cause{}, nil
		back.State = &action.State{Type: did.State.Type, Key: did.State.Key, Content: did.Was}
		if stands {
			back.Was = ruleWas(now)
			u.removes, u.outOf = append(u.removes, now), append(u.outOf, List{})
		}
		u.plan.do(back, "wrote the rule "+text.Code(nameOf(before)))
		before.List = did.Room
		u.adds, u.says = append(u.adds, before), append(u.says, fmt.Sprintf("writes the rule for %s into %s as it was", text.Code(nameOf(before)), u.listName(list)))
	}
}

// unwritten says which rules are removed, a line for each list.
func (u *undone) unwritten() (lines []string) {
	const most = 10
	for i, list := range u.outOf {
		if list.ID == "" || slices.ContainsFunc(u.outOf[:i], func(l List) bool { return l.ID == list.ID }) {
			continue
		}
		var names []string
		for j, r := range u.removes {
			if u.outOf[j].ID == list.ID {
				names = append(names, text.Code(nameOf(r)))
			}
		}
		lines = append(lines, fmt.Sprintf("removes the %s for %s from %s", text.Pick(len(names), "rule", "rules"), text.NamedSome(names, most), u.listName(list)))
	}
	return lines
}

// ruleOf is the rule that an action on a rule found in its place.
func ruleOf(a action.Action) (r policy.Rule, had bool) {
	var was writtenRule
	if a.Was == nil || json.Unmarshal(a.Was, &was) != nil || was.Entity == "" && len(was.Hashes.SHA256) == 0 {
		return policy.Rule{}, false
	}
	r = policy.Rule{Entity: was.Entity, Hash: string(was.Hashes.SHA256), Reason: was.Reason, Recommendation: policy.Ban}
	for _, as := range []policy.Recommendation{policy.Takedown, policy.Exempt} {
		if written(as) == was.Recommendation {
			r.Recommendation = as
		}
	}
	r.Kind, _ = policy.KindOf(a.State.Type.Type)
	return r, true
}

// named is a watched list.
func (k *known) named(list id.RoomID) (List, bool) {
	for _, l := range k.watched() {
		if l.ID == list {
			return l, true
		}
	}
	return List{}, false
}

// gone says what cannot be taken back; "" for nothing.
func (u *undone) gone() string {
	var parts []string
	for what, n := range u.lost {
		said := what[0]
		if n != 1 {
			said = fmt.Sprintf(what[1], n)
		}
		parts = append(parts, said)
	}
	slices.Sort(parts)
	parts = append(parts, u.stays...)
	if len(parts) == 0 {
		return ""
	}
	return "Cannot be taken back: " + text.And(parts) + "."
}

// undoListed takes back what the rules of a list did to those whom they hit: the list is not ours, and goes on to
// count for everybody else.
func undoListed(c *call, d BanDesk, of Case, p Plan) (Plan, error) {
	name := c.listOf(policy.Rule{List: of.List})
	if of.Lifted {
		return says("Case %d is that %s took rules back. What they banned is not banned again by that: write `!forseti ban` with whom you mean.", of.Number, name), nil
	}
	if !c.watches(Ref{Room: of.List}) {
		return says("I do not watch %s any more, so none of its rules holds anybody.", name), nil
	}
	var users []id.UserID
	var others []string
	for _, who := range of.About {
		switch u := id.UserID(who); {
		case !strings.HasPrefix(who, "@"):
			others = append(others, who)
		case !apart(&c.known, policy.Rule{List: of.List}, u):
			users = append(users, u)
		}
	}
	rest := ""
	if len(others) > 0 {
		rest = fmt.Sprintf("%s %s shut out: %s lets a server in, by a list that you may write to.", text.Named(others, mostNames), text.Pick(len(others), "stays", "stay"), text.Code("!forseti exempt "+grammar.Quote(others[0])))
	}
	if of.More > 0 {
		rest = text.Paragraphs(rest, fmt.Sprintf("%d more were hit whom the case does not name; `!forseti unwatch` frees all whom the list alone holds.", of.More))
	}
	if len(users) == 0 {
		return says("%s", text.Paragraphs(fmt.Sprintf("Nothing of case %d can be taken back for single users.", of.Number), rest)), nil
	}
	p.Effect = text.Paragraphs(fmt.Sprintf("Case %d (%s, by the rules of %s) would be undone: the list would not count any more for %s. Its rules stay, and go on to count for all others.", of.Number, c.stamp(of.Opened), name, text.Named(users, mostNames)), rest)
	p.Answer = text.Paragraphs(fmt.Sprintf("Case %d is undone: %s does not count any more for %s; `!forseti exempt end` has it count again.", of.Number, name, text.Named(users, mostNames)), rest)
	for _, u := range users {
		p.Weight.Freed += len(d.PreviewApart(of.List, u, true).Freed)
		p.change(Change{Kind: SpareFrom, Room: of.List, User: u}, "exempted "+text.Code(string(u)))
	}
	p.change(Change{Kind: OverturnCase, Number: of.Number, User: c.Sender}, "")
	return p, nil
}
