package e2ee

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"forseti/wire"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"
)

// rooms follows what of the rooms' state matters for encryption.
type rooms struct {
	*base
	state *sqlstatestore.SQLStateStore

	mu        sync.Mutex
	encrypted map[id.RoomID]bool // once encrypted always encrypted
}

// loadRooms reads which rooms are encrypted.
func (m *rooms) loadRooms(ctx context.Context) error {
	rows, err := m.state.Query(ctx, "SELECT room_id FROM mx_room_state WHERE encryption IS NOT NULL")
	if err != nil {
		return fmt.Errorf("encryption: read rooms: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var room id.RoomID
		if err := rows.Scan(&room); err != nil {
			return fmt.Errorf("encryption: read rooms: %w", err)
		}
		m.encrypted[room] = true
	}
	return rows.Err()
}

// Encrypted reports whether a room is encrypted.
func (m *rooms) Encrypted(room id.RoomID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.encrypted[room]
}

// TakeState follows what of a room's state matters for encryption: whether it is
// encrypted, who may read along, and who is there. Members are followed of
// encrypted rooms alone. Whole says that state is all there is.
func (m *rooms) TakeState(ctx context.Context, room id.RoomID, state []*event.Event, whole bool) error {
	for _, evt := range state {
		if evt.StateKey == nil || *evt.StateKey != "" {
			continue
		}
		var err error
		switch evt.Type.Type {
		case event.StateEncryption.Type:
			err = m.takeEncryption(ctx, room, evt)
		case event.StateHistoryVisibility.Type:
			err = m.takeVisibility(ctx, room, evt)
		}
		if err != nil {
			return err
		}
	}
	if !m.Encrypted(room) {
		return nil
	}
	if whole {
		return m.takeMembers(ctx, room, state)
	}
	for _, evt := range state {
		if evt.StateKey == nil || evt.Type.Type != event.StateMember.Type {
			continue
		}
		if err := m.takeMember(ctx, room, id.UserID(*evt.StateKey), membership(evt)); err != nil {
			return err
		}
	}
	return nil
}

// NoteEncrypted notes that a room is encrypted if its state says so. Sync may tell of it a
// moment later than the homeserver knows, and until then we would speak in clear.
func (m *rooms) NoteEncrypted(ctx context.Context, room id.RoomID, state []*event.Event) error {
	if m.Encrypted(room) {
		return nil
	}
	for _, evt := range state {
		if evt.StateKey != nil && *evt.StateKey == "" && evt.Type.Type == event.StateEncryption.Type {
			return m.takeEncryption(ctx, room, evt)
		}
	}
	return nil
}

// takeEncryption notes that a room is encrypted. It stays so: whoever could undo
// it could make us say in clear what we said in secret.
func (m *rooms) takeEncryption(ctx context.Context, room id.RoomID, evt *event.Event) error {
	content := event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}
	if n, ok := number(evt, "rotation_period_msgs"); ok && n >= 1 && n <= 10_000 {
		content.RotationPeriodMessages = int(n)
	}
	if n, ok := number(evt, "rotation_period_ms"); ok && n >= 60_000 && n <= 1e11 {
		content.RotationPeriodMillis = n
	}
	if err := m.state.SetEncryptionEvent(ctx, room, &content); err != nil {
		return fmt.Errorf("note that %s is encrypted: %w", room, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.encrypted[room] = true
	return nil
}

func (m *rooms) takeVisibility(ctx context.Context, room id.RoomID, evt *event.Event) error {
	visibility := contentOf(evt).Text("history_visibility")
	parsed := &event.HistoryVisibilityEventContent{HistoryVisibility: event.HistoryVisibility(visibility)}
	if err := m.state.SetHistoryVisibility(ctx, room, parsed); err != nil {
		return fmt.Errorf("note who may read %s: %w", room, err)
	}
	typed := *evt
	typed.Content.Parsed = parsed
	m.mach.HandleHistoryVisibility(ctx, &typed)
	return nil
}

// takeMember follows one member. Whoever came or went must not read with keys
// that are not meant for them.
func (m *rooms) takeMember(ctx context.Context, room id.RoomID, user id.UserID, now event.Membership) error {
	before, err := m.state.GetMembership(ctx, room, user)
	if err != nil {
		return fmt.Errorf("member %s of %s: %w", user, room, err)
	}
	if before == now {
		return nil
	}
	if err := m.state.SetMembership(ctx, room, user, now); err != nil {
		return fmt.Errorf("member %s of %s: %w", user, room, err)
	}
	if reads(before) == reads(now) && reads(now) {
		return nil
	}
	return m.newKeys(ctx, room)
}

func (m *rooms) takeMembers(ctx context.Context, room id.RoomID, state []*event.Event) error {
	before, err := m.state.GetRoomJoinedOrInvitedMembers(ctx, room)
	if err != nil {
		return fmt.Errorf("members of %s: %w", room, err)
	}
	readers := map[id.UserID]bool{}
	var members []*event.Event
	for _, evt := range state {
		if evt.StateKey == nil || evt.Type.Type != event.StateMember.Type {
			continue
		}
		is := membership(evt)
		if !reads(is) {
			continue
		}
		readers[id.UserID(*evt.StateKey)] = true
		typed := *evt
		typed.Type = event.StateMember
		typed.Content.Parsed = &event.MemberEventContent{Membership: is}
		members = append(members, &typed)
	}
	if len(members) == 0 { // which the library would write as a statement without rows
		err = errors.Join(m.state.ClearCachedMembers(ctx, room), m.state.MarkMembersFetched(ctx, room))
	} else {
		err = m.state.ReplaceCachedMembers(ctx, room, members)
	}
	if err != nil {
		return fmt.Errorf("members of %s: %w", room, err)
	}
	same := len(before) == len(readers)
	for _, user := range before {
		same = same && readers[user]
	}
	if same {
		return nil
	}
	return m.newKeys(ctx, room)
}

// ForgetMembers notes that nothing is known of who is in a room: they are asked for when
// they matter.
func (m *rooms) ForgetMembers(ctx context.Context, room id.RoomID) error {
	if !m.Encrypted(room) {
		return nil
	}
	if err := m.state.ClearCachedMembers(ctx, room); err != nil {
		return fmt.Errorf("members of %s: %w", room, err)
	}
	return m.newKeys(ctx, room)
}

// newKeys makes the next message to a room use a new session.
func (m *rooms) newKeys(ctx context.Context, room id.RoomID) error {
	if err := m.keys.RemoveOutboundGroupSession(ctx, room); err != nil {
		return fmt.Errorf("new keys for %s: %w", room, err)
	}
	return nil
}

// membership reads a member event. What says nothing counts as having left.
func membership(evt *event.Event) event.Membership {
	switch is := event.Membership(contentOf(evt).Text("membership")); is {
	case event.MembershipJoin, event.MembershipInvite, event.MembershipKnock, event.MembershipBan:
		return is
	default:
		return event.MembershipLeave
	}
}

func contentOf(evt *event.Event) wire.Object {
	return wire.Content(evt.Content.VeryRaw, evt.Content.Raw)
}

// number reads a whole number. One in a string is none here.
func number(evt *event.Event, key string) (int64, bool) {
	content := contentOf(evt)
	n, ok := content.Integer(key)
	return n, ok && content.Text(key) == ""
}

// reads reports whether a member gets the keys of what is said.
func reads(is event.Membership) bool {
	return is == event.MembershipJoin || is == event.MembershipInvite
}

// readersOf gives who is to get the keys of what we say in a room. It asks the
// homeserver, which happens once for each new key: a member whose coming or going
// sync did not tell, as after a state reset, would be missed or go on reading.
func (m *rooms) readersOf(ctx context.Context, room id.RoomID) ([]id.UserID, error) {
	err := m.fetchMembers(ctx, room)
	for pause := 100 * time.Millisecond; errors.Is(err, errWithoutUs) && pause < 2*time.Second; pause *= 2 {
		select {
		case <-time.After(pause):
			err = m.fetchMembers(ctx, room)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err != nil {
		known, stored := m.state.HasFetchedMembers(ctx, room)
		if stored != nil || !known {
			return nil, err
		}
		m.log.Warn().Err(err).Stringer("room", room).Msg("Going by the members as last seen")
	}
	return m.state.GetRoomJoinedOrInvitedMembers(ctx, room)
}

// errWithoutUs is an answer that cannot be true of a room in which we speak: some
// homeservers read what they know a moment behind what they did.
var errWithoutUs = errors.New("we are not among them")

func (m *rooms) fetchMembers(ctx context.Context, room id.RoomID) error {
	body, err := m.client.MakeRequest(ctx, "GET", m.client.BuildClientURL("v3", "rooms", room, "members"), nil, nil)
	if err != nil {
		return fmt.Errorf("members of %s: %w", room, err)
	}
	var answer struct {
		Chunk []struct {
			StateKey *string `json:"state_key"`
			Content  struct {
				Membership any `json:"membership"`
			} `json:"content"`
		} `json:"chunk"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("members of %s: %w", room, err)
	}
	var events []*event.Event
	there := false
	for _, member := range answer.Chunk {
		there = there || member.StateKey != nil && *member.StateKey == string(m.client.UserID) && member.Content.Membership == string(event.MembershipJoin)
		events = append(events, &event.Event{
			Type: event.StateMember, RoomID: room, StateKey: member.StateKey,
			Content: event.Content{Raw: map[string]any{"membership": member.Content.Membership}},
		})
	}
	if !there {
		return fmt.Errorf("members of %s: %w", room, errWithoutUs)
	}
	return m.takeMembers(ctx, room, events)
}

// membershipOf is what a user is in an encrypted room, of whose members the homeserver is
// asked if they are not known.
func (m *rooms) membershipOf(ctx context.Context, room id.RoomID, user id.UserID) event.Membership {
	known, err := m.state.HasFetchedMembers(ctx, room)
	if err == nil && !known && m.Encrypted(room) {
		err = m.fetchMembers(ctx, room)
	}
	if err != nil {
		m.log.Warn().Err(err).Stringer("room", room).Msg("Going by the members as last seen")
	}
	is, err := m.state.GetMembership(ctx, room, user)
	if err != nil {
		m.log.Err(err).Msg("Membership not read")
		return event.MembershipLeave
	}
	return is
}
