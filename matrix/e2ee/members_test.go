package e2ee

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// behind is a homeserver that at first knows of nobody in a room that it made just now.
type behind struct {
	http.RoundTripper
	answers *int
}

func (b behind) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/members") && *b.answers > 0 {
		*b.answers--
		_ = resp.Body.Close()
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(`{"chunk":[]}`)), -1
	}
	return resp, err
}

// Nobody is not who is in a room in which we speak: such an answer is asked for again, and
// nothing is said to nobody.
func TestMembersWithoutUs(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	made, err := d.client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	must(t, err)
	encrypted := []*event.Event{{Type: event.StateEncryption, StateKey: new("")}}
	must(t, d.TakeState(t.Context(), made.RoomID, encrypted, true)) // a whole state without anybody is no error
	answers := 2
	d.client.Client = &http.Client{Transport: behind{http.DefaultTransport, &answers}}
	if _, err := d.Encrypt(t.Context(), made.RoomID, event.EventMessage, map[string]any{"body": "x"}); err != nil || answers != 0 {
		t.Errorf("said: %v; %d such answers are left", err, answers)
	}
}

// Of whom nothing is known any more it is not known either that they may read along: they
// are asked for before the next message, and that has a key of its own.
func TestForgetMembers(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	person := a.person(t)
	room := d.secretRoom(person)
	must(t, d.TakeState(t.Context(), room, []*event.Event{{Type: event.StateEncryption, StateKey: new("")}}, false))
	if _, err := d.Encrypt(t.Context(), room, event.EventMessage, map[string]any{"body": "x"}); err != nil {
		t.Fatal(err)
	}
	before, err := d.Machine.rooms.keys.GetOutboundGroupSession(t.Context(), room)
	must(t, err)
	_, err = person.LeaveRoom(t.Context(), room)
	must(t, err)
	// Dendrite's list of members is behind what it has answered; where it still is, sync brings the rest.
	eventually(t, "the list of members is without who left", func() bool {
		listed, err := d.client.Members(t.Context(), room)
		return err == nil && !slices.ContainsFunc(listed.Chunk, func(evt *event.Event) bool {
			return evt.GetStateKey() == person.UserID.String() && evt.Content.Raw["membership"] == string(event.MembershipJoin)
		})
	})
	must(t, d.ForgetMembers(t.Context(), room))
	readers, err := d.Machine.rooms.state.GetRoomJoinedOrInvitedMembers(t.Context(), room)
	if must(t, err); len(readers) != 0 {
		t.Errorf("known are %v", readers)
	}
	if is := d.membershipOf(t.Context(), room, person.UserID); is != event.MembershipLeave {
		t.Errorf("who left is %s", is)
	}
	if is := d.membershipOf(t.Context(), room, a.user); is != event.MembershipJoin {
		t.Errorf("we are %s", is)
	}
	if _, err := d.Encrypt(t.Context(), room, event.EventMessage, map[string]any{"body": "y"}); err != nil {
		t.Fatal(err)
	}
	after, err := d.Machine.rooms.keys.GetOutboundGroupSession(t.Context(), room)
	if must(t, err); before == nil || after == nil || after.ID() == before.ID() {
		t.Error("the same key is used")
	}
	must(t, d.ForgetMembers(t.Context(), "!plain:room")) // is none that matters
}
