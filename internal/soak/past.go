package main

import (
	"slices"
	"strings"
)

// What held at some time in the storm. A command takes effect between being given and
// being answered to the end; outside of that it is certain.

// switched is what a command makes true or false; relevant if it is about the matter.
type switched func(o *order) (on, relevant bool)

// surely tells what held at a time by the commands about it, if that is certain. Of
// those that were just answered some work may still be on its way for a while.
func (r *record) surely(v view, at, grace int64, initially bool, matter switched) (on, certain bool) {
	on = initially
	for _, o := range r.orders {
		to, relevant := matter(o)
		if !relevant || o.at.UnixMilli() > at {
			continue
		}
		answers := v.answers[o.event]
		if len(answers) == 0 || answers[len(answers)-1].last+grace >= at {
			return false, false
		}
		switch said := read(answers[0].text); {
		case said.waiting, said.failed:
			return false, false
		case !said.dry:
			on = to
		}
	}
	return on, true
}

func dryRun(o *order) (on, relevant bool) {
	return o.verb == "dry-run on", isOf(o, "dry-run on", "dry-run off")
}

func (r *record) protected(o *order) (on, relevant bool) {
	return o.verb == "rooms add", isOf(o, "rooms add", "rooms remove")
}

func ruleOf(about string) switched {
	return func(o *order) (on, relevant bool) {
		return o.verb == "ban", o.about == about && isOf(o, "ban", "unban")
	}
}

func watching(o *order) (on, relevant bool) { return o.verb == "watch", isOf(o, "watch", "unwatch") }

func isOf(o *order, verbs ...string) bool { return slices.Contains(verbs, o.verb) }

// effective is what the commands about a matter come to in the end.
func (r *record) effective(v view, initially bool, matter switched) bool {
	on := initially
	for _, o := range r.orders {
		to, relevant := matter(o)
		if answers := v.answers[o.event]; relevant && len(answers) == 1 && took(o, answers[0].text) {
			on = to
		}
	}
	return on
}

// took tells whether an answer says that a command was carried out. To watch a list it
// has to be read, which may fail and is then said; what is said is held to the lists.
func took(o *order, said string) bool {
	switch o.verb {
	case "watch":
		return strings.Contains(said, "Watching the list") || strings.Contains(said, "already")
	case "unwatch":
		return strings.Contains(said, "No longer watching")
	default:
		return !read(said).dry
	}
}

// lag is how long the bot may go on from what it knew: it is killed, its database is
// shut, and it hears late of what was written.
const lag = 60_000 // milliseconds

// wanted tells whether rules that were written by hand banned an entity at some time
// between two, or freed it.
func (r *record) wanted(v view, kind, entity string, from, to int64, banned bool) bool {
	now := map[string]state{}
	all := func() (lists []list) {
		for room, s := range now {
			lists = append(lists, list{s, room == string(v.ownList)})
		}
		return lists
	}
	for _, w := range r.writes {
		if w.at > to {
			break
		}
		if w.at >= from && bans(all(), kind, entity) == banned {
			return true
		}
		now[string(w.list)] = now[string(w.list)].with(w)
	}
	return bans(all(), kind, entity) == banned
}
