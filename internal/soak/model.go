package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// state is what a list has: by event type, by state key, the content.
type state map[string]map[string]map[string]any

// list is one that is followed.
type list struct {
	state   state
	exempts bool
}

var kinds = map[string][]string{
	"user":   {newest, older, oldest},
	"server": {serverRule, "m.room.rule.server", "org.matrix.mjolnir.rule.server"},
}

// rules gives what holds of a kind: under each key, the newest type that has an event.
func (s state) rules(kind string) (found []map[string]any) {
	settled := map[string]bool{}
	for _, t := range kinds[kind] {
		for _, key := range slices.Sorted(maps.Keys(s[t])) {
			if settled[key] {
				continue
			}
			settled[key] = true
			if r := s[t][key]; r["recommendation"] != nil {
				found = append(found, r)
			}
		}
	}
	return found
}

// with is a state after a rule was written.
func (s state) with(w write) state {
	next := state{}
	for kind, byKey := range s {
		next[kind] = maps.Clone(byKey)
	}
	if next[w.kind] == nil {
		next[w.kind] = map[string]map[string]any{}
	}
	next[w.kind][w.key] = w.content
	return next
}

// names tells whether a rule is about an entity. Rules for everybody wait for a yes,
// which nobody gives, so they are about nobody.
func names(rule map[string]any, entity string) bool {
	pattern := text(rule, "entity")
	if strings.EqualFold(pattern, entity) {
		return true
	}
	if before, after, is := strings.Cut(pattern, "*"); is && !slices.Contains(everybody, pattern) {
		return len(entity) >= len(before)+len(after) && strings.HasPrefix(entity, before) && strings.HasSuffix(entity, after)
	}
	hashes, _ := rule["hashes"].(map[string]any)
	sum := sha256.Sum256([]byte(entity))
	return text(hashes, "sha256") == base64.StdEncoding.EncodeToString(sum[:])
}

// everybody are the patterns that are about all.
var everybody = []string{"@*:*", "*"}

func text(in map[string]any, key string) string {
	s, _ := in[key].(string)
	return s
}

// bans tells whether lists ban an entity.
func bans(lists []list, kind, entity string) bool {
	banned := false
	for _, l := range lists {
		for _, r := range l.state.rules(kind) {
			if !names(r, entity) {
				continue
			}
			switch text(r, "recommendation") {
			case "m.ban":
				banned = true
			case exempts:
				if l.exempts {
					return false
				}
			}
		}
	}
	return banned
}

// change is one of a member's, as a room's timeline has it.
type change struct {
	deed
	membership string
}

// resets are the members whom a room's state shows otherwise than the last event about
// them: a homeserver that resolves a fork may go back on what it had accepted.
func (v view) resets() (found []string) {
	for room, members := range v.members {
		for user, changes := range members {
			if last := changes[len(changes)-1].membership; last != v.now[room][user] {
				found = append(found, fmt.Sprintf("%s in %s: from %q to %q", user, room, last, v.now[room][user]))
			}
		}
	}
	slices.Sort(found)
	return found
}

// doubles gives what the bot did to a member that was so already.
func doubles(changes []change, bot id.UserID) (wrong []string) {
	before := ""
	for _, c := range changes {
		if c.by == bot && c.membership == before && before != "join" {
			wrong = append(wrong, c.membership+" over "+before)
		}
		before = c.membership
	}
	return wrong
}

// acts tells what the bot did to a member: kicks, bans or unbans, and when.
func acts(changes []change, bot id.UserID, what string) (at []int64) {
	before := ""
	for _, c := range changes {
		kind := ""
		switch {
		case c.membership == "ban" && before != "ban":
			kind = "ban"
		case c.membership == "leave" && before == "ban":
			kind = "unban"
		case c.membership == "leave" && before != "leave":
			kind = "kick"
		}
		if c.by == bot && kind == what {
			at = append(at, c.at)
		}
		before = c.membership
	}
	return at
}

// moved tells when the bot put a server into an ACL, or took it out.
func moved(acls []aclState, bot id.UserID, server string, in bool) (at []int64) {
	before := false
	for _, a := range acls {
		is := slices.Contains(a.deny, server)
		if a.by == bot && is != before && is == in {
			at = append(at, a.at)
		}
		before = is
	}
	return at
}

// since counts the times that are not before another.
func since(all []int64, first int64) (n int) {
	for _, at := range all {
		if at >= first {
			n++
		}
	}
	return n
}
