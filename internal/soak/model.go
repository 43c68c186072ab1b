package main

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
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
	"server": {"m.policy.rule.server", "m.room.rule.server", "org.matrix.mjolnir.rule.server"},
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

// names tells whether a rule is about an entity. Rules for everybody wait for a yes,
// which nobody gives, so they are about nobody.
func names(rule map[string]any, entity string) bool {
	if strings.EqualFold(text(rule, "entity"), entity) {
		return true
	}
	hashes, _ := rule["hashes"].(map[string]any)
	sum := sha256.Sum256([]byte(entity))
	return text(hashes, "sha256") == base64.StdEncoding.EncodeToString(sum[:])
}

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
			case "fi.mau.meowlnir.unban":
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
	by         string
	membership string
	at         int64 // milliseconds
}

// doubles gives what the bot did to a member that was so already.
func doubles(changes []change, bot string) (wrong []string) {
	before := ""
	for _, c := range changes {
		if c.by == bot && c.membership == before && before != "join" {
			wrong = append(wrong, c.membership+" over "+before)
		}
		before = c.membership
	}
	return wrong
}

// did counts what the bot did to a member since a time: kicks, bans or unbans.
func did(changes []change, bot, what string, since int64) (n int) {
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
		if c.by == bot && kind == what && c.at >= since {
			n++
		}
		before = c.membership
	}
	return n
}
