package e2ee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"forseti/matrix/e2ee/verify"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// alone is a device without a homeserver that runs its verifier in a bubble of
// time. It verifies @mod:x by way of rooms.
func alone(t *testing.T, send RoomSender) *Verifier {
	t.Helper()
	client, err := mautrix.NewClient("http://homeserver.invalid", "@bot:x", "token")
	if err != nil {
		t.Fatal(err)
	}
	client.DeviceID = "BOT"
	log := zerolog.Nop()
	m := assemble(&base{client: client, log: log, opts: Options{Moderator: func(user id.UserID) bool { return user == "@mod:x" }}})
	m.mach = crypto.NewOlmMachine(client, &log, crypto.NewMemoryStore(nil), nil)
	if err := m.mach.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if send != nil {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); m.verifier.Run(ctx, send) }()
		t.Cleanup(func() { stop(); <-ended })
	}
	return m.verifier
}

// outbox notes what is sent to rooms.
func outbox() (RoomSender, <-chan string) {
	sent := make(chan string, 100)
	return func(_ context.Context, _ string, _ id.RoomID, kind event.Type, _ map[string]any) (id.EventID, error) {
		sent <- kind.Type
		return "$sent", nil
	}, sent
}

// TestNobodyAnswers: a verification ends after ten minutes without help from anybody.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send, sent := outbox()
		v := alone(t, send)
		began := time.Now()
		which, err := v.Start(t.Context(), "@somebody:x", "!r:x")
		if err != nil {
			t.Fatal(err)
		}
		if kind := <-sent; kind != "m.room.message" {
			t.Errorf("asked by %s", kind)
		}
		n := <-v.Notices()
		if c, ok := n.(verify.Cancelled); !ok || c.Code != event.VerificationCancelCodeTimeout || c.ID != which || time.Since(began) != verify.Lasts {
			t.Errorf("after %v: %+v", time.Since(began), n)
		}
		if kind := <-sent; kind != "m.key.verification.cancel" {
			t.Errorf("they are told by %s", kind)
		}
		if err := v.Confirm(t.Context(), which); !errors.Is(err, verify.ErrUnknown) {
			t.Errorf("confirmed afterwards: %v", err)
		}
	})
}

// TestStopping tells whoever is in the middle of it.
func TestStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send, sent := outbox()
		v := alone(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); v.Run(ctx, send) }()
		if _, err := v.Start(ctx, "@somebody:x", "!r:x"); err != nil {
			t.Fatal(err)
		}
		<-sent
		stop()
		<-ended
		if kind := <-sent; kind != "m.key.verification.cancel" {
			t.Errorf("they are told by %s", kind)
		}
	})
}

// TestNotSent: what cannot be sent is tried again, and is the end of it if it never
// can.
func TestNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries atomic.Int32
		v := alone(t, func(_ context.Context, _ string, _ id.RoomID, kind event.Type, _ map[string]any) (id.EventID, error) {
			if kind == event.EventMessage {
				return "$sent", nil
			}
			tries.Add(1)
			return "", errors.New("no way")
		})
		which, err := v.Start(t.Context(), "@somebody:x", "!r:x")
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Cancel(t.Context(), which); err != nil {
			t.Error(err)
		}
		if _, ok := (<-v.Notices()).(verify.Cancelled); !ok || tries.Load() != 4 {
			t.Errorf("tried %d times", tries.Load())
		}
	})
}

// TestStrangersCostNothing: not even a place in the queue.
func TestStrangersCostNothing(t *testing.T) {
	v := alone(t, nil)
	for i := range 10_000 {
		evt := &event.Event{Sender: id.UserID(fmt.Sprintf("@u%d:x", i)), Type: event.ToDeviceVerificationRequest}
		evt.Content.Raw = map[string]any{"transaction_id": "t", "from_device": "D", "methods": []any{"m.sas.v1"}, "timestamp": float64(time.Now().UnixMilli())}
		if !v.Take(evt) {
			t.Fatal("not known for part of a verification")
		}
	}
	if len(v.tasks)+len(v.queued)+len(v.partners) > 0 {
		t.Errorf("%d tasks, %d senders, %d partners", len(v.tasks), len(v.queued), len(v.partners))
	}
	own := &event.Event{Sender: "@bot:x", RoomID: "!r:x", ID: "$e", Type: event.InRoomVerificationReady}
	own.Content.Raw = map[string]any{"m.relates_to": map[string]any{"rel_type": "m.reference", "event_id": "$ask"}}
	if !v.Take(own) || len(v.tasks) > 0 {
		t.Error("our own event made work")
	}
}

// TestQueueIsBounded: a moderator who floods us takes neither all places nor our time.
func TestQueueIsBounded(t *testing.T) {
	v := alone(t, nil)
	evt := &event.Event{Sender: "@mod:x", Type: event.ToDeviceVerificationDone}
	evt.Content.Raw = map[string]any{"transaction_id": strings.Repeat("t", 255)}
	for range 10_000 {
		v.Take(evt)
	}
	if len(v.tasks) != maxTasksOfOne {
		t.Errorf("%d wait", len(v.tasks))
	}
}

// TestNotOurs: what is said besides verifying is left alone.
func TestNotOurs(t *testing.T) {
	v := alone(t, nil)
	for _, evt := range []*event.Event{
		{Sender: "@mod:x", RoomID: "!r:x", Type: event.EventMessage, Content: event.Content{Raw: map[string]any{"msgtype": "m.text"}}},
		{Sender: "@mod:x", RoomID: "!r:x", Type: event.InRoomVerificationStart},
		{Sender: "@mod:x", Type: event.ToDeviceVerificationStart, Content: event.Content{Raw: map[string]any{"transaction_id": 5}}},
		{Sender: "@mod:x", Type: event.ToDeviceRoomKey},
	} {
		if v.Take(evt) {
			t.Errorf("%s was taken", evt.Type.Type)
		}
	}
}

// TestCrash: a crash on something sent is the end of that alone.
func TestCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := alone(t, func(context.Context, string, id.RoomID, event.Type, map[string]any) (id.EventID, error) {
			panic("no luck")
		})
		for range 2 {
			if _, err := v.Start(t.Context(), "@somebody:x", "!r:x"); err == nil || !strings.Contains(err.Error(), "no luck") {
				t.Errorf("got %v", err)
			}
		}
	})
}
