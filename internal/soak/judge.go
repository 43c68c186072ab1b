package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// judge compares what is with what ought to be.
func (r *record) judge(v view) (wrong []string) {
	r.sort(v)
	for _, part := range []func(view) []string{
		r.judgeAnswers, r.judgeMembers, r.judgeFreed, r.judgeKicks, r.judgeRules, r.judgeACLs, r.judgeMessages, r.judgeQuiet, r.judgeTold, r.judgeFinale,
	} {
		wrong = append(wrong, part(v)...)
	}
	return wrong
}

// sort brings the commands into the order in which they came. Of two that were given at
// once neither comes after the other: a homeserver may give them to one client in this
// order and to another in that. Then the one counts as the first that was answered first.
func (r *record) sort(v view) {
	slices.SortStableFunc(r.orders, func(a, b *order) int { return cmp.Compare(v.order[a.event], v.order[b.event]) })
	for i, o := range r.orders {
		j := slices.Index(r.orders, o.rival)
		if j < i {
			continue // there is none, or it was looked at
		}
		if first, second := v.answers[o.event], v.answers[o.rival.event]; len(first) > 0 && len(second) > 0 && second[0].first < first[0].first {
			r.orders[i], r.orders[j] = r.orders[j], r.orders[i]
		}
	}
}

// followed are the lists that are watched in the end.
func (r *record) followed(v view) []list {
	lists := []list{{v.lists[v.ownList], true}, {v.lists[v.far], false}}
	if r.effective(v, false, watching) {
		lists = append(lists, list{v.lists[v.passing], false})
	}
	return lists
}

// judgeMembers holds the rooms to the rules, as they are now, and to what was done by hand.
func (r *record) judgeMembers(v view) (wrong []string) {
	lists := r.followed(v)
	for _, name := range slices.Sorted(maps.Keys(r.people)) {
		user := r.people[name]
		wanted := bans(lists, "user", string(user))
		for _, room := range r.rooms {
			is, changes := v.now[room][user], v.members[room][user]
			where := fmt.Sprintf("%s in %s", name, r.name(room))
			for _, d := range doubles(changes, r.bot) {
				wrong = append(wrong, where+": "+d+r.history(v, name))
			}
			switch {
			case wanted && is != "ban" && is != "leave":
				wrong = append(wrong, fmt.Sprintf("%s: lists ban them, and they are %q%s", where, is, r.history(v, name)))
			case r.hand[name][room] && is != "ban":
				wrong = append(wrong, fmt.Sprintf("%s: the ban by hand is gone, they are %q%s", where, is, r.history(v, name)))
			case !wanted && is == "ban" && !r.hand[name][room] && room != r.coming():
				wrong = append(wrong, fmt.Sprintf("%s: banned, and no list says so%s", where, r.history(v, name)))
			}
			if strings.HasPrefix(name, "plain") && len(changes) != 1 {
				wrong = append(wrong, fmt.Sprintf("%s: nobody meant them%s", where, r.history(v, name)))
			}
		}
	}
	return wrong
}

// judgeFreed holds that nobody was banned while they were free, nor freed while they
// were banned.
func (r *record) judgeFreed(v view) (wrong []string) {
	for _, name := range slices.Sorted(maps.Keys(r.people)) {
		user := r.people[name]
		for _, room := range r.rooms {
			for what, banned := range map[string]bool{"ban": true, "unban": false} {
				for _, at := range acts(v.members[room][user], r.bot, what) {
					if !r.allowed(v, name, at, banned) {
						wrong = append(wrong, fmt.Sprintf("%s in %s: %s at %s, when nothing asked for it%s", name, r.name(room), what, clock(at), r.history(v, name)))
					}
				}
			}
		}
	}
	return wrong
}

// allowed tells whether it may have been right to ban somebody at a time, or to free them.
func (r *record) allowed(v view, name string, at int64, banned bool) bool {
	switch {
	case strings.HasPrefix(name, "cmd"):
		on, certain := r.surely(v, at, 0, false, ruleOf(name))
		return !certain || on == banned
	case strings.HasPrefix(name, "passing") && !banned:
		return true // the list may not have been watched
	}
	return r.wanted(v, "user", string(r.people[name]), at-lag, at+1000, banned)
}

// judgeKicks holds that everybody is removed as often as it was asked for.
func (r *record) judgeKicks(v view) (wrong []string) {
	kicks, last := map[string]int{}, map[string]*order{}
	for _, o := range r.orders {
		answers := v.answers[o.event]
		switch {
		case o.verb != "kick" || len(answers) != 1:
		case !read(answers[0].text).done():
			delete(last, o.about) // they came back before it
		default:
			kicks[o.about]++
			last[o.about] = o
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.people)) {
		user := r.people[name]
		for _, room := range r.rooms {
			if n := len(acts(v.members[room][user], r.bot, "kick")); n > kicks[name] {
				wrong = append(wrong, fmt.Sprintf("%s was kicked %d times from %s by %d commands%s", name, n, r.name(room), kicks[name], r.history(v, name)))
			}
			if last[name] != nil && room != r.coming() && v.now[room][user] == "join" {
				wrong = append(wrong, fmt.Sprintf("%s is still in %s after %s%s", name, r.name(room), last[name], r.history(v, name)))
			}
		}
	}
	return wrong
}

// judgeRules holds the own list to the last command about each.
func (r *record) judgeRules(v view) (wrong []string) {
	about := map[string]bool{}
	for _, o := range r.orders {
		if isOf(o, "ban", "unban") {
			about[o.about] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(about)) {
		entity, kind := name, "server"
		if user := r.people[name]; user != "" {
			entity, kind = string(user), "user"
		}
		banned, is := r.effective(v, false, ruleOf(name)), bans([]list{{v.lists[v.ownList], true}}, kind, entity)
		if is != banned {
			wrong = append(wrong, fmt.Sprintf("%s: the last command wants a rule: %t; there is one: %t%s", name, banned, is, r.history(v, name)))
		}
	}
	return wrong
}

// servers are all that may be shut out.
func servers() (all []string) {
	for n := range 3 {
		for _, part := range []string{"evil", "edit", "far"} {
			all = append(all, fmt.Sprintf("%s%d.example", part, n))
		}
	}
	return all
}

// judgeACLs holds the ACLs to the rules.
func (r *record) judgeACLs(v view) (wrong []string) {
	lists := r.followed(v)
	for _, room := range r.rooms {
		var deny []string
		if acls := v.acls[room]; len(acls) > 0 {
			deny = acls[len(acls)-1].deny
		}
		for _, server := range servers() {
			wanted, is := bans(lists, "server", server), slices.Contains(deny, server)
			if wanted && !is || !wanted && is && room != r.coming() {
				wrong = append(wrong, fmt.Sprintf("%s: %s ought to be shut out: %t; is: %t%s", r.name(room), server, wanted, is, r.history(v, server)))
			}
		}
		for _, server := range r.handEntries[room] {
			if !slices.Contains(deny, server) {
				wrong = append(wrong, fmt.Sprintf("%s: the entry by hand for %s is gone", r.name(room), server))
			}
		}
		for _, a := range v.acls[room] {
			if a.by == r.bot && (slices.Contains(a.deny, "*") || slices.Contains(a.deny, r.server)) {
				wrong = append(wrong, fmt.Sprintf("%s: all were shut out at %s", r.name(room), clock(a.at)))
			}
			if sorted := slices.Sorted(slices.Values(a.deny)); a.by == r.bot && len(slices.Compact(sorted)) != len(a.deny) {
				wrong = append(wrong, fmt.Sprintf("%s: a server is shut out twice: %q", r.name(room), a.deny))
			}
		}
	}
	return wrong
}

// judgeMessages holds that what commands named is removed, once, and nothing else.
func (r *record) judgeMessages(v view) (wrong []string) {
	for _, name := range slices.Sorted(maps.Keys(r.said)) {
		for _, m := range r.said[name] {
			named, maybe := false, false
			for _, o := range r.orders {
				if o.verb != "redact" || o.about != name || len(v.answers[o.event]) != 1 || !read(v.answers[o.event][0].text).done() {
					continue
				}
				maybe = true // it may have looked later
				named = named || m.at.Before(o.at)
			}
			switch gone := len(v.redacted[m.event]); {
			case named && gone == 0:
				wrong = append(wrong, fmt.Sprintf("a message of %s is not removed: %s", name, m.event))
			case gone > 0 && !maybe:
				wrong = append(wrong, fmt.Sprintf("a message of %s is removed, and nobody asked for it: %s", name, m.event))
			case gone > 1:
				wrong = append(wrong, fmt.Sprintf("a message of %s was removed %d times: %s", name, gone, m.event))
			}
		}
	}
	return wrong
}

// onItsWay is how long what was begun may still take to happen.
const onItsWay = 5_000 // milliseconds

// judgeQuiet holds that nothing was done in a dry run, nor in a room that was not
// protected.
func (r *record) judgeQuiet(v view) (wrong []string) {
	still := func(what string, at int64, room id.RoomID) {
		if on, certain := r.surely(v, at, onItsWay, false, dryRun); on && certain {
			wrong = append(wrong, fmt.Sprintf("%s at %s, in a dry run%s", what, clock(at), r.history(v, "")))
		}
		if on, certain := r.surely(v, at, onItsWay, true, r.protected); !on && certain && room == r.coming() {
			wrong = append(wrong, fmt.Sprintf("%s at %s, in a room that was not protected%s", what, clock(at), r.history(v, string(room))))
		}
	}
	for _, room := range r.rooms {
		for user, changes := range v.members[room] {
			for _, c := range changes {
				if c.by == r.bot && user != r.bot {
					still(fmt.Sprintf("%s became %q in %s", user, c.membership, r.name(room)), c.at, room)
				}
			}
		}
		for _, a := range v.acls[room] {
			if a.by == r.bot {
				still("an ACL was set in "+r.name(room), a.at, room)
			}
		}
	}
	for _, d := range v.own {
		still("a rule was written", d.at, "")
	}
	for _, all := range v.redacted {
		for _, d := range all {
			if d.by == r.bot {
				still("a message was removed", d.at, "")
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// history tells all that happened about somebody, for whoever looks for the cause.
func (r *record) history(v view, about string) string {
	type line struct {
		at   int64
		said string
	}
	var lines []line
	user := r.people[about]
	for _, o := range r.orders {
		if o.about == about || isOf(o, "dry-run on", "dry-run off") || o.about == string(r.coming()) {
			lines = append(lines, line{o.at.UnixMilli(), fmt.Sprintf("%s %s: %s", o.verb, o.about, shown(v.answers[o.event]))})
		}
	}
	for _, t := range r.kills {
		lines = append(lines, line{t.UnixMilli(), "killed"})
	}
	for _, n := range v.notices {
		if user != "" && strings.Contains(n.text, string(user)) || user == "" && about != "" && strings.Contains(n.text, about) {
			lines = append(lines, line{n.first, fmt.Sprintf("told: %q", n.text)})
		}
	}
	for _, w := range r.writes {
		if user != "" && (names(w.content, string(user)) || w.key == about || w.key == "exempt-"+about) || w.key == about {
			lines = append(lines, line{w.at, fmt.Sprintf("rule %s %s in %s: %v", w.kind, w.key, w.list, w.content)})
		}
	}
	for _, room := range r.rooms {
		for _, c := range v.members[room][user] {
			lines = append(lines, line{c.at, fmt.Sprintf("%s: %s by %s", r.name(room), c.membership, c.by)})
		}
		for _, a := range v.acls[room] {
			if user == "" && strings.HasSuffix(about, ".example") {
				lines = append(lines, line{a.at, fmt.Sprintf("%s: ACL by %s denies %q", r.name(room), a.by, a.deny)})
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	var all strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&all, "\n    %s %s", clock(l.at), l.said)
	}
	return all.String()
}

func shown(answers []said) string {
	texts := make([]string, len(answers))
	for i, a := range answers {
		texts[i] = fmt.Sprintf("(%s to %s) %q", clock(a.first), clock(a.last), a.text)
	}
	return strings.Join(texts, " and ")
}
