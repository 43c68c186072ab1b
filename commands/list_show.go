package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/text"
)

// ListAbout is how a watched list stands.
type ListAbout struct {
	Writers  []id.UserID // who may write rules besides us
	Anybody  bool        // whoever is in it may
	Replaced bool        // its room was
	Next     id.RoomID   // by which; "" if that is not known
	By       id.UserID   // as who wrote there
	Rightly  bool        // who may say so
	Read     time.Time   // when it was read as a whole; zero for not since the start
	// Waits is how many changes of it wait for a yes, and Refused how many got a no.
	Waits, Refused int
}

// mostLatest is how many rules are shown that were written last.
const mostLatest = 5

func listShow(ctx context.Context, c *call, d ListDesk, of RuleDesk, by OrderDesk) (Plan, error) {
	l, err := c.listAt(ctx, d)
	if err != nil {
		return Plan{}, err
	}
	about, rules := d.About(l.ID), of.Rules(l.ID)
	said := []string{fmt.Sprintf("%s, %s.", c.roomLink(l.ID, l.Name), text.Code(string(l.ID)))}
	if text.OneLine(l.Shortcode) != "" {
		said[0] = text.Code(l.Shortcode) + ", " + said[0]
	}
	said = append(said, listHealth(c, l, about)...)
	said = append(said, ruleCounts(c, rules, of.Kept(l.ID)))
	if len(rules) > 0 {
		slices.SortFunc(rules, func(a, b policy.Rule) int {
			return cmp.Or(cmp.Compare(b.Timestamp, a.Timestamp), cmp.Compare(a.Event, b.Event))
		})
		latest, err := writtenLines(ctx, c, by, rules[:min(len(rules), mostLatest)], false)
		said = append(said, "Written last:"+listing(latest, ""))
		if err != nil { // the rules are known without the database
			said = append(said, c.explain(err))
		}
	}
	return Plan{Answer: text.Paragraphs(said...)}, nil
}

// listHealth says whether a list can be relied on, and who has a say in it.
func listHealth(c *call, l List, about ListAbout) []string {
	var said []string
	if l.Problem != "" {
		said = append(said, "**Problem:** "+text.Markup(l.Problem)+".")
	}
	switch {
	case about.Replaced && about.Next == "":
		said = append(said, "Its room was replaced, and does not say by which.")
	case about.Replaced:
		said = append(said, fmt.Sprintf("Its room was replaced by %s, whose rules I do not follow. %s goes over to it, after a look at both.", text.Code(string(about.Next)),
			text.Code("!forseti upgrade "+string(l.ID))))
	}
	if how := l.How.words(); how != "" {
		said = append(said, strings.ToUpper(how[:1])+how[1:]+".")
	}
	if spares := spareWords(l); spares != "" {
		said = append(said, spares)
	}
	if about.Waits > 0 {
		said = append(said, fmt.Sprintf("%s of it %s for your yes: `!forseti questions` shows what is asked.", text.Count(about.Waits, "change"), text.Pick(about.Waits, "waits", "wait")))
	}
	if about.Refused > 0 {
		said = append(said, fmt.Sprintf("%s of it got a no: %s shows %s, and follows %s after all.", text.Count(about.Refused, "change"), text.Code("!forseti release "+string(l.ID)),
			text.Pick(about.Refused, "it", "them"), text.Pick(about.Refused, "it", "them")))
	}
	read := "I follow it as it was when I stopped, and by what has come since; it was not read as a whole since I started."
	switch {
	case l.Unread:
		read = "I have not read it yet."
	case !about.Read.IsZero():
		read = "I read it as a whole on " + c.stamp(about.Read) + ", and follow what has come since."
	}
	may := pick(l.Writable, "I may write to it", "I may not write to it")
	if l.Default {
		may += ", and do so if no list is named"
	}
	who := "nobody else may"
	switch {
	case about.Anybody:
		who = "**everybody who is in it may**"
	case len(about.Writers) > 0:
		who = text.Named(about.Writers, 10) + " may"
	}
	return append(said, read, fmt.Sprintf("%s; %s. Its exemptions are %s.", may, who, pick(l.Exempts, "followed", "shown and not followed")))
}

// listInShort says in a line what a list is about, and whether it can be relied on.
func listInShort(c *call, l List, about ListAbout, rules []policy.Rule) string {
	kinds, lost := map[policy.Kind]int{}, 0
	for _, r := range rules {
		if kinds[r.Kind]++; dead(r) {
			lost++
		}
	}
	said := []string{"Read as a whole on " + c.stamp(about.Read)}
	switch {
	case l.Unread:
		said[0] = "Not read yet"
	case about.Read.IsZero():
		said[0] = "Not read as a whole since I started"
	}
	if names := kindCounts(kinds); names != "" {
		said = append(said, "about "+names)
	}
	if lost > 0 {
		said = append(said, fmt.Sprintf("**%d can match nobody** (%s)", lost, text.Code("!forseti list show "+string(l.ID))))
	}
	switch {
	case about.Replaced && about.Next == "":
		said = append(said, "**its room was replaced**")
	case about.Replaced:
		said = append(said, fmt.Sprintf("**its room was replaced** (%s)", text.Code("!forseti upgrade "+string(l.ID))))
	}
	return strings.Join(said, "; ")
}

// kindCounts says how many rules are about what; "" for none.
func kindCounts(kinds map[policy.Kind]int) string {
	var parts []string
	for _, kind := range []policy.Kind{policy.User, policy.Server, policy.RoomKind} {
		if n := kinds[kind]; n > 0 {
			parts = append(parts, text.Count(n, kind.String()))
		}
	}
	return text.And(parts)
}

// ruleCounts says what there is in a list, and what of it does nothing.
func ruleCounts(c *call, rules, kept []policy.Rule) string {
	if len(rules)+len(kept) == 0 {
		return "It has no rules."
	}
	kinds, does := map[policy.Kind]int{}, map[policy.Recommendation]int{}
	var unmatchable []policy.Rule
	patterns, hashes, timed := 0, 0, 0
	for _, r := range rules {
		kinds[r.Kind]++
		does[r.Recommendation]++
		switch {
		case r.Hash != "":
			hashes++
		case r.IsGlob():
			patterns++
		}
		if r.Until > 0 {
			timed++
		}
		if dead(r) {
			unmatchable = append(unmatchable, r)
		}
	}
	counted := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return text.Count(n, what)
	}
	about := kindCounts(kinds)
	what := anyOf(counted(does[policy.Ban], "ban"), counted(does[policy.Takedown], "takedown"), counted(does[policy.Exempt], "exemption"))
	if n := does[policy.Unknown] + does[policy.Allow]; n > 0 {
		what = text.And(slices.DeleteFunc([]string{what, fmt.Sprintf("%d that I do not follow", n)}, func(s string) bool { return s == "" }))
	}
	said := fmt.Sprintf("%s: about %s; %s.", text.Count(len(rules), "rule"), about, what)
	if also := anyOf(counted(patterns, "pattern"), pick(hashes == 0, "", text.Pick(hashes, "1 hash", fmt.Sprintf("%d hashes", hashes))), pick(timed == 0, "", fmt.Sprintf("%d for a time", timed))); also != "" {
		said += fmt.Sprintf(" Of them %s %s.", text.Pick(patterns+hashes+timed, "is", "are"), also)
	}
	if len(rules) == 0 {
		said = "It has no rules."
	}
	if n := len(kept); n > 0 {
		said += fmt.Sprintf(" %s that it no longer has %s followed until a yes.", text.Count(n, "rule"), text.Pick(n, "is", "are"))
	}
	if len(unmatchable) > 0 {
		sortRules(unmatchable)
		said += "\n\n" + text.Count(len(unmatchable), "rule") + " can match nobody:" + listing(c.ruleLines(unmatchable[:min(len(unmatchable), 10)], false), "")
		if more := len(unmatchable) - 10; more > 0 {
			said += fmt.Sprintf("\n\n… and %d more", more)
		}
	}
	return said
}

// anyOf joins those that are not empty.
func anyOf(parts ...string) string {
	return text.And(slices.DeleteFunc(parts, func(s string) bool { return s == "" }))
}

func listRename(ctx context.Context, c *call, d ListDesk) (Plan, error) {
	l, err := c.listAt(ctx, d)
	if err != nil {
		return Plan{}, err
	}
	shortcode, name := arg[string](c, "shortcode"), text.OneLine(arg[string](c, "name"))
	if err := newShortcode(c, shortcode, l.ID); err != nil {
		return Plan{}, err
	}
	if len(name) > 255 {
		return Plan{}, refuse("That name is too long: 255 bytes at most.")
	}
	p := Plan{}
	set := func(kind, key, value, did string) {
		content, _ := json.Marshal(map[string]string{key: value}) // strings always marshal
		p.do(action.Action{Verb: action.SetState, Room: l.ID, State: &action.State{Type: event.Type{Type: kind, Class: event.StateEventType}, Content: content}}, did)
	}
	var what []string
	if shortcode != l.Shortcode {
		set(typeShortcode, "shortcode", shortcode, "changed the shortcode")
		what = append(what, "the shortcode "+text.Code(shortcode))
	}
	if name != "" && name != l.Name {
		set(event.StateRoomName.Type, "name", name, "changed the name")
		what = append(what, "the name "+text.Code(name))
	}
	if len(what) == 0 {
		return says("The list %s is called that already.", c.listName(l)), nil
	}
	p.Effect = fmt.Sprintf("The list %s would have %s, for everyone who watches it.", c.listName(l), text.And(what))
	p.Answer = fmt.Sprintf("The list %s has %s now.", c.listName(l), text.And(what))
	return p, nil
}
