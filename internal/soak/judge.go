package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// view is what the rooms show when it is judged.
type view struct {
	members map[id.RoomID]map[string][]change
	gone    map[id.EventID]bool // messages that were removed
	now     map[id.RoomID]map[string]string
	acls    map[id.RoomID][]string
	lists   []list
	answers map[id.EventID][]string // to each command; the last edit of each answer
}

// judge compares what is with what ought to be.
func (st *storm) judge(ctx context.Context) ([]string, error) {
	if _, err := st.s.revive(ctx); err != nil {
		return []string{err.Error()}, nil
	}
	v, err := st.look(ctx)
	if err != nil {
		return nil, err
	}
	wrong := st.judgeAnswers(v)
	wrong = append(wrong, st.judgeMembers(v)...)
	wrong = append(wrong, st.judgeCommands(v)...)
	wrong = append(wrong, st.judgeACLs(v)...)
	return append(wrong, st.judgeMessages(v)...), nil
}

func (st *storm) look(ctx context.Context) (v view, err error) {
	v = view{
		members: map[id.RoomID]map[string][]change{}, gone: map[id.EventID]bool{}, now: map[id.RoomID]map[string]string{},
		acls: map[id.RoomID][]string{}, answers: map[id.EventID][]string{},
	}
	maria := st.s.moderators[0]
	for _, room := range st.s.rooms {
		events, err := timeline(ctx, maria, room)
		if err != nil {
			return v, err
		}
		v.members[room], v.now[room] = map[string][]change{}, map[string]string{}
		for _, evt := range events {
			switch {
			case evt.Type.Type == event.StateMember.Type && evt.StateKey != nil:
				v.members[room][*evt.StateKey] = append(v.members[room][*evt.StateKey],
					change{string(evt.Sender), text(evt.Content.Raw, "membership"), evt.Timestamp})
			case evt.Unsigned.RedactedBecause != nil:
				v.gone[evt.ID] = true
			}
		}
		now, err := maria.State(ctx, room)
		if err != nil {
			return v, err
		}
		for user, evt := range now[event.StateMember] {
			v.now[room][user] = text(evt.Content.Raw, "membership")
		}
		if evt := now[event.StateServerACL][""]; evt != nil {
			deny, _ := evt.Content.Raw["deny"].([]any)
			for _, d := range deny {
				if s, is := d.(string); is {
					v.acls[room] = append(v.acls[room], s)
				}
			}
		}
	}
	for _, l := range []struct {
		id      id.RoomID
		exempts bool
		holds   bool
	}{{st.s.own, true, true}, {st.s.far, false, true}, {st.s.passing, false, st.watching}} {
		if !l.holds {
			continue
		}
		now, err := maria.State(ctx, l.id)
		if err != nil {
			if now, err = st.s.neighbour.State(ctx, l.id); err != nil {
				return v, err
			}
		}
		v.lists = append(v.lists, list{contents(now), l.exempts})
	}
	v.answers, err = st.answers(ctx)
	return v, err
}

func contents(now mautrix.RoomStateMap) state {
	s := state{}
	for t, byKey := range now {
		s[t.Type] = map[string]map[string]any{}
		for key, evt := range byKey {
			s[t.Type][key] = evt.Content.Raw
		}
	}
	return s
}

// timeline reads a room whole, oldest first.
func timeline(ctx context.Context, by *mautrix.Client, room id.RoomID) (all []*event.Event, err error) {
	for from := ""; ; {
		page, err := by.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 500)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Chunk...)
		if len(page.Chunk) == 0 || page.End == "" || page.End == from {
			slices.Reverse(all)
			return all, nil
		}
		from = page.End
	}
}

// answers gives what the bot said to each command: every message that answers it, as last edited.
func (st *storm) answers(ctx context.Context) (map[id.EventID][]string, error) {
	var said []*event.Event
	if st.s.secret != nil {
		said = st.s.secret[0].Events()
	} else {
		var err error
		if said, err = timeline(ctx, st.s.moderators[0], st.s.management); err != nil {
			return nil, err
		}
	}
	to, last := map[id.EventID]id.EventID{}, map[id.EventID]string{}
	var order []id.EventID
	for _, evt := range said {
		if evt.Sender != st.s.account.UserID || evt.RoomID != "" && evt.RoomID != st.s.management || evt.Type.Type != event.EventMessage.Type {
			continue
		}
		relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
		if text(relates, "rel_type") == "m.replace" {
			now, _ := evt.Content.Raw["m.new_content"].(map[string]any)
			last[id.EventID(text(relates, "event_id"))] = text(now, "body")
			continue
		}
		reply, _ := relates["m.in_reply_to"].(map[string]any)
		if command := text(reply, "event_id"); command != "" {
			if _, known := to[evt.ID]; !known {
				order = append(order, evt.ID)
				last[evt.ID] = text(evt.Content.Raw, "body")
			}
			to[evt.ID] = id.EventID(command)
		}
	}
	answers := map[id.EventID][]string{}
	for _, evt := range order {
		answers[to[evt]] = append(answers[to[evt]], last[evt])
	}
	return answers, nil
}

// judgeAnswers holds that each command was answered once, and to the end.
func (st *storm) judgeAnswers(v view) (wrong []string) {
	for _, o := range st.orders {
		answers := v.answers[o.event]
		switch {
		case len(answers) != 1:
			wrong = append(wrong, fmt.Sprintf("%s was answered %d times: %q", o, len(answers), answers))
		case o.verb != "status" && read(answers[0]).waiting:
			wrong = append(wrong, fmt.Sprintf("%s is still waiting: %q", o, answers[0]))
		case o.verb != "status" && read(answers[0]).failed:
			wrong = append(wrong, fmt.Sprintf("%s failed: %q", o, answers[0]))
		}
	}
	return wrong
}

func (o *order) String() string {
	return fmt.Sprintf("%s %s of %s (%s)", o.verb, o.about, o.at.Format("15:04:05.000"), o.event)
}

// judgeMembers holds the rooms to the rules, as they are now, and to what was done by hand.
func (st *storm) judgeMembers(v view) (wrong []string) {
	for name, p := range st.s.people {
		wanted := bans(v.lists, "user", string(p.UserID))
		for i, room := range st.s.rooms {
			is := v.now[room][string(p.UserID)]
			changes := v.members[room][string(p.UserID)]
			where := fmt.Sprintf("%s in %s", name, roomNames[i])
			for _, d := range doubles(changes, string(st.s.account.UserID)) {
				wrong = append(wrong, where+": "+d+st.history(v, name))
			}
			switch {
			case wanted && is != "ban" && is != "leave":
				wrong = append(wrong, fmt.Sprintf("%s: lists ban them, and they are %q", where, is))
			case st.hand[name][room] && is != "ban":
				wrong = append(wrong, fmt.Sprintf("%s: the ban by hand is gone, they are %q", where, is))
			case !wanted && is == "ban" && !st.hand[name][room] && room != st.coming():
				wrong = append(wrong, fmt.Sprintf("%s: banned, and no list says so: %v", where, changes))
			}
			if strings.HasPrefix(name, "plain") && len(changes) != 1 {
				wrong = append(wrong, fmt.Sprintf("%s: nobody meant them: %v", where, changes))
			}
		}
	}
	return wrong
}

// judgeCommands holds what commands said to what happened.
func (st *storm) judgeCommands(v view) (wrong []string) {
	bot := string(st.s.account.UserID)
	totals := map[id.UserID]map[string]int{}
	ruled := map[string]bool{} // by the last command about somebody that was carried out
	for _, o := range st.orders {
		if len(v.answers[o.event]) != 1 || o.about == "" {
			continue
		}
		said := v.answers[o.event][0]
		r := read(said)
		switch {
		case r.dry:
		case o.verb == "ban":
			ruled[o.about] = true
		case o.verb == "unban":
			ruled[o.about] = false
		}
		what := map[string]string{"ban": "ban", "unban": "unban", "kick": "kick"}[o.verb]
		if o.user == "" || what == "" {
			continue
		}
		if !st.ended.IsZero() && o.at.After(st.ended) {
			done := 0
			for _, room := range st.s.rooms {
				done += did(v.members[room][string(o.user)], bot, what, o.at.UnixMilli())
			}
			if r.rooms[what] != done {
				wrong = append(wrong, fmt.Sprintf("%s: done in %d rooms, and told of %d: %q%s", o, done, r.rooms[what], said, st.history(v, o.about)))
			}
		}
		told := totals[o.user]
		if told == nil {
			told = map[string]int{}
			totals[o.user] = told
		}
		told[what] += r.rooms[what]
		if o.verb == "kick" && !r.dry {
			told["kicks"]++
		}
	}
	for user, told := range totals {
		for _, what := range []string{"ban", "unban", "kick"} {
			done := 0
			for i, room := range st.s.rooms {
				n := did(v.members[room][string(user)], bot, what, 0)
				done += n
				if what == "kick" && n > told["kicks"] {
					wrong = append(wrong, fmt.Sprintf("%s was kicked %d times from %s by %d commands%s", user, n, roomNames[i], told["kicks"], st.history(v, user.Localpart())))
				}
			}
			// What was under way when the bot was killed may be told by a message of its own.
			if told[what] > done {
				wrong = append(wrong, fmt.Sprintf("%s: answers tell of %d times %s, and it was done %d times%s", user, told[what], what, done, st.history(v, user.Localpart())))
			}
		}
	}
	for _, about := range slices.Sorted(maps.Keys(ruled)) {
		banned := ruled[about]
		entity, kind := about, "server"
		if p := st.s.people[about]; p != nil {
			entity, kind = string(p.UserID), "user"
		}
		if is := bans(v.lists[:1], kind, entity); is != banned {
			wrong = append(wrong, fmt.Sprintf("%s: the last command wants a rule: %t; there is one: %t%s", about, banned, is, st.history(v, about)))
		}
	}
	return wrong
}

// judgeACLs holds the ACLs to the rules.
func (st *storm) judgeACLs(v view) (wrong []string) {
	for i, room := range st.s.rooms {
		for n := range 3 {
			for _, server := range []string{fmt.Sprintf("evil%d.example", n), fmt.Sprintf("edit%d.example", n)} {
				wanted, is := bans(v.lists, "server", server), slices.Contains(v.acls[room], server)
				if wanted && !is || !wanted && is && room != st.coming() {
					wrong = append(wrong, fmt.Sprintf("%s: %s ought to be shut out: %t; is: %t", roomNames[i], server, wanted, is))
				}
			}
		}
		for _, server := range st.handEntries[room] {
			if !slices.Contains(v.acls[room], server) {
				wrong = append(wrong, fmt.Sprintf("%s: the entry by hand for %s is gone", roomNames[i], server))
			}
		}
	}
	return wrong
}

// judgeMessages holds that what commands named is removed, and nothing else.
func (st *storm) judgeMessages(v view) (wrong []string) {
	for name, messages := range st.said {
		for _, m := range messages {
			named, maybe := false, false
			for _, o := range st.orders {
				if o.verb != "redact" || o.about != name || len(v.answers[o.event]) != 1 || read(v.answers[o.event][0]).dry {
					continue
				}
				maybe = true // it may have looked later
				named = named || m.at.Before(o.at)
			}
			switch gone := v.gone[m.event]; {
			case named && !gone:
				wrong = append(wrong, fmt.Sprintf("a message of %s is not removed: %s", name, m.event))
			case gone && !maybe:
				wrong = append(wrong, fmt.Sprintf("a message of %s is removed, and nobody asked for it: %s", name, m.event))
			}
		}
	}
	return wrong
}

// history tells all that happened about somebody, for whoever looks for the cause.
func (st *storm) history(v view, about string) string {
	type line struct {
		at   int64
		said string
	}
	var lines []line
	for _, o := range st.orders {
		if o.about == about || o.verb == "dry-run on" || o.verb == "dry-run off" {
			lines = append(lines, line{o.at.UnixMilli(), fmt.Sprintf("%s %s: %q", o.verb, o.about, v.answers[o.event])})
		}
	}
	for _, t := range st.kills {
		lines = append(lines, line{t.UnixMilli(), "killed"})
	}
	if p := st.s.people[about]; p != nil {
		for i, room := range st.s.rooms {
			for _, c := range v.members[room][string(p.UserID)] {
				lines = append(lines, line{c.at, fmt.Sprintf("%s: %s by %s", roomNames[i], c.membership, c.by)})
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	var all strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&all, "\n    %s %s", time.UnixMilli(l.at).Format("15:04:05.000"), l.said)
	}
	return all.String()
}
