package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	newest, older, oldest = "m.policy.rule.user", "m.room.rule.user", "org.matrix.mjolnir.rule.user"
	serverRule            = "m.policy.rule.server"
	exempts               = "fi.mau.meowlnir.unban"
)

func ban(entity string) map[string]any {
	return map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"}
}

func hashed(entity string) map[string]any {
	sum := sha256.Sum256([]byte(entity))
	return map[string]any{"hashes": map[string]any{"sha256": base64.StdEncoding.EncodeToString(sum[:])}, "recommendation": "m.ban", "reason": "spam"}
}

func exemption(entity string) map[string]any {
	return map[string]any{"entity": entity, "recommendation": exempts, "reason": "a friend"}
}

func evil(n int) string { return fmt.Sprintf("evil%d.example", n) }

// writer is who writes to a list.
func (st *storm) writer(list id.RoomID) *mautrix.Client {
	if list == st.s.own {
		return st.s.moderators[0]
	}
	return st.s.neighbour
}

// rule writes a rule, or blanks it.
func (st *storm) rule(ctx context.Context, w write) error {
	content := w.content
	if content == nil {
		content = map[string]any{}
	}
	_, err := st.writer(w.list).SendStateEvent(ctx, w.list, event.Type{Type: w.kind, Class: event.StateEventType}, w.key, content)
	if err != nil {
		return fmt.Errorf("write a rule: %w", err)
	}
	st.noteWrite(w)
	return nil
}

func (st *storm) noteWrite(w write) {
	w.at = time.Now().UnixMilli()
	st.writes = append(st.writes, w)
}

func (st *storm) redactRule(ctx context.Context, w write) error {
	by := st.writer(w.list)
	state, err := by.State(ctx, w.list)
	if err != nil {
		return err
	}
	evt := state[event.Type{Type: w.kind, Class: event.StateEventType}][w.key]
	if evt == nil {
		return nil
	}
	if _, err = by.RedactEvent(ctx, w.list, evt.ID); err != nil {
		return err
	}
	w.content = nil
	st.noteWrite(w)
	return nil
}

// edit writes a rule, blanks it, or redacts it.
func (st *storm) edit(ctx context.Context, w write) error {
	switch st.random.IntN(5) {
	case 0, 1, 2:
		return st.rule(ctx, w)
	case 3:
		w.content = nil
		return st.rule(ctx, w)
	default:
		return st.redactRule(ctx, w)
	}
}

// editOwn changes the own list by hand.
func (st *storm) editOwn(ctx context.Context) error {
	part := []string{"rule", "hash", "old", "glob"}[st.random.IntN(4)]
	name := st.pick(part)
	user := string(st.people[name])
	w := write{list: st.s.own, kind: newest, key: name, content: ban(user)}
	switch part {
	case "hash":
		w.content = hashed(user)
	case "old":
		w.kind = []string{newest, older, oldest}[st.random.IntN(3)]
	case "glob":
		w.key, w.content = "glob", ban("@glob*:"+st.server)
	}
	return st.edit(ctx, w)
}

// flap changes a rule faster than it can be followed.
func (st *storm) flap(ctx context.Context) error {
	name := st.pick("flap")
	for range 3 + st.random.IntN(5) {
		w := write{list: st.s.own, kind: newest, key: name}
		if st.random.IntN(2) == 0 {
			w.content = ban(string(st.people[name]))
		}
		if err := st.rule(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (st *storm) editFar(ctx context.Context) error {
	list, name := st.s.far, st.pick("far")
	if st.random.IntN(4) == 0 {
		list, name = st.s.passing, st.pick("passing")
	}
	return st.edit(ctx, write{list: list, kind: newest, key: name, content: ban(string(st.people[name]))})
}

// exempt frees one of those whom the far list means, or no longer. In the far list it
// frees nobody.
func (st *storm) exempt(ctx context.Context) error {
	name := st.pick("far")
	w := write{list: st.s.own, kind: newest, key: "exempt-" + name, content: exemption(string(st.people[name]))}
	switch st.random.IntN(5) {
	case 0, 1:
		w.content = nil
	case 2:
		w.list = st.s.far
	}
	return st.rule(ctx, w)
}

// serverRule shuts out a server, or lets it in again, by command or by hand.
func (st *storm) serverRule(ctx context.Context) error {
	n := st.random.IntN(3)
	switch st.random.IntN(5) {
	case 0, 1:
		return st.toggle(ctx, evil(n), evil(n), "")
	case 2:
		name := fmt.Sprintf("far%d.example", n)
		return st.edit(ctx, write{list: st.s.far, kind: serverRule, key: name, content: ban(name)})
	case 3:
		name := fmt.Sprintf("edit%d.example", n)
		w := write{list: st.s.own, kind: serverRule, key: "exempt-" + name, content: exemption(name)}
		if st.random.IntN(2) == 0 {
			w.content = nil
		}
		return st.rule(ctx, w)
	default:
		name := fmt.Sprintf("edit%d.example", n)
		return st.edit(ctx, write{list: st.s.own, kind: serverRule, key: name, content: ban(name)})
	}
}

// everybody writes a rule that would hit or free all, which waits for a yes that
// nobody gives; or takes it away again.
func (st *storm) everybody(ctx context.Context) error {
	if st.wide != nil {
		return st.calmWide(ctx)
	}
	all := []write{
		{list: st.s.far, kind: newest, key: "everybody", content: ban(everybody[0])},
		{list: st.s.far, kind: serverRule, key: "everybody", content: ban(everybody[1])},
		{list: st.s.own, kind: newest, key: "everybody", content: exemption(everybody[0])},
	}
	st.wide = &all[st.random.IntN(len(all))]
	return st.rule(ctx, *st.wide)
}

func (st *storm) calmWide(ctx context.Context) error {
	if st.wide == nil {
		return nil
	}
	w := *st.wide
	w.content, st.wide = nil, nil
	return st.rule(ctx, w)
}

// lastEdits changes rules of each kind, when nothing goes wrong.
func (st *storm) lastEdits(ctx context.Context) error {
	for _, w := range []write{
		{list: st.s.own, kind: newest, key: "rule0", content: ban(string(st.people["rule0"]))},
		{list: st.s.own, kind: newest, key: "rule1"},
		{list: st.s.own, kind: newest, key: "hash0", content: hashed(string(st.people["hash0"]))},
		{list: st.s.far, kind: newest, key: "far0", content: ban(string(st.people["far0"]))},
		{list: st.s.own, kind: newest, key: "exempt-far0", content: exemption(string(st.people["far0"]))},
		{list: st.s.own, kind: newest, key: "exempt-far1"},
		{list: st.s.far, kind: serverRule, key: "far0.example", content: ban("far0.example")},
	} {
		if err := st.rule(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// entryByHand adds to an ACL, once for each room: what two write at a time is one's, and
// it is the bot that has to find the other's again.
func (st *storm) entryByHand(ctx context.Context) error {
	room := st.rooms[st.random.IntN(len(st.rooms)-1)]
	if len(st.handEntries[room]) > 0 {
		return nil
	}
	maria := st.s.moderators[0]
	content := map[string]any{}
	if err := maria.StateEvent(ctx, room, event.StateServerACL, "", &content); err != nil && !errors.Is(err, mautrix.MNotFound) {
		return err
	}
	if content["allow"] == nil {
		content["allow"] = []string{"*"}
	}
	deny, _ := content["deny"].([]any)
	content["deny"] = append(deny, "hand.example")
	if _, err := maria.SendStateEvent(ctx, room, event.StateServerACL, "", content); err != nil {
		return err
	}
	st.handEntries[room] = []string{"hand.example"}
	return nil
}
