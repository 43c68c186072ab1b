package cryptoclient

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.mau.fi/util/jsontime"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/verificationhelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Step is one step of a verification on the client's side.
type Step struct {
	What   string // "requested", "ready", "emoji", "done" or "cancelled"
	Txn    id.VerificationTransactionID
	Device id.DeviceID
	Names  []string // of emoji
	Code   event.VerificationCancelCode
}

// Verifier verifies by way of mautrix's helper. It knows nothing of what Forseti
// makes of the same protocol.
//
// The helper fails on MACs that come before its own user confirmed, and does not
// find verifications in rooms (mautrix/go#554 and #555), so events are set right
// before it sees them.
type Verifier struct {
	*verificationhelper.VerificationHelper
	client *mautrix.Client
	store  verificationhelper.VerificationStore
	steps  chan Step

	mu        sync.Mutex
	confirmed map[id.VerificationTransactionID]bool
	held      map[id.VerificationTransactionID]func()
}

// newVerifier must be called before the client syncs, and needs its Crypto.
func newVerifier(ctx context.Context, client *mautrix.Client, syncer *mautrix.DefaultSyncer, machine *crypto.OlmMachine) (*Verifier, error) {
	v := &Verifier{
		client: client, store: verificationhelper.NewInMemoryVerificationStore(), steps: make(chan Step, 100),
		confirmed: map[id.VerificationTransactionID]bool{}, held: map[id.VerificationTransactionID]func(){},
	}
	v.VerificationHelper = verificationhelper.NewVerificationHelper(client, machine, v.store, callbacks{v.steps}, false, true, true)
	client.Syncer = &mender{DefaultSyncer: syncer, v: v}
	defer func() { client.Syncer = syncer }()
	return v, v.Init(ctx)
}

// mender registers handlers that see events as they should be.
type mender struct {
	*mautrix.DefaultSyncer
	v *Verifier
}

func (m *mender) OnEventType(kind event.Type, handle mautrix.EventHandler) {
	m.DefaultSyncer.OnEventType(kind, func(ctx context.Context, evt *event.Event) { m.v.mend(ctx, evt, handle) })
}

func (v *Verifier) mend(ctx context.Context, evt *event.Event, handle mautrix.EventHandler) {
	defer func() { _ = recover() }() // a crash of the library is not what is tested here
	v.mu.Lock()
	defer v.mu.Unlock()
	mended := *evt
	if evt.RoomID != "" {
		if evt.Sender == v.client.UserID {
			return
		}
		if relation, ok := evt.Content.Raw["m.relates_to"].(map[string]any); ok {
			asked, _ := relation["event_id"].(string)
			mended.ID = id.EventID(asked)
		}
	}
	if evt.Type.Type == event.ToDeviceVerificationMAC.Type {
		txn := id.VerificationTransactionID(mended.ID)
		if txn == "" {
			name, _ := evt.Content.Raw["transaction_id"].(string)
			txn = id.VerificationTransactionID(name)
		}
		if !v.confirmed[txn] {
			v.held[txn] = func() { handle(context.WithoutCancel(ctx), &mended) }
			return
		}
	}
	handle(ctx, &mended)
}

// Confirm is the user's word that the emoji are the same.
func (v *Verifier) Confirm(ctx context.Context, txn id.VerificationTransactionID) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.ConfirmSAS(ctx, txn); err != nil {
		return err
	}
	v.confirmed[txn] = true
	if held := v.held[txn]; held != nil {
		held()
	}
	return nil
}

// Ask asks a user in a room.
func (v *Verifier) Ask(ctx context.Context, user id.UserID, room id.RoomID) (id.VerificationTransactionID, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	sent, err := v.client.SendMessageEvent(ctx, room, event.EventMessage, &event.MessageEventContent{
		MsgType: event.MsgVerificationRequest, Body: "Verify me", FromDevice: v.client.DeviceID, To: user,
		Methods: []event.VerificationMethod{event.VerificationMethodSAS, event.VerificationMethodQRCodeScan, event.VerificationMethodReciprocate},
	})
	if err != nil {
		return "", err
	}
	txn := id.VerificationTransactionID(sent.EventID)
	return txn, v.store.SaveVerificationTransaction(ctx, verificationhelper.VerificationTransaction{
		ExpirationTime: jsontime.UM(time.Now().Add(10 * time.Minute)), RoomID: room,
		VerificationState: verificationhelper.VerificationStateRequested, TransactionID: txn, TheirUserID: user,
	})
}

// Await waits for a step.
func (v *Verifier) Await(ctx context.Context, what string) (Step, error) {
	for {
		select {
		case step := <-v.steps:
			if step.What == what {
				return step, nil
			}
			if step.What == "cancelled" {
				return step, fmt.Errorf("cancelled: %s", step.Code)
			}
		case <-ctx.Done():
			return Step{}, fmt.Errorf("waiting for %q: %w", what, ctx.Err())
		}
	}
}

// callbacks are what the helper calls, with its lock held.
type callbacks struct{ steps chan<- Step }

func (c callbacks) VerificationRequested(_ context.Context, txn id.VerificationTransactionID, _ id.UserID, device id.DeviceID) {
	c.steps <- Step{What: "requested", Txn: txn, Device: device}
}

func (c callbacks) VerificationReady(_ context.Context, txn id.VerificationTransactionID, device id.DeviceID, _, _ bool, _ *verificationhelper.QRCode) {
	c.steps <- Step{What: "ready", Txn: txn, Device: device}
}

func (c callbacks) VerificationCancelled(_ context.Context, txn id.VerificationTransactionID, code event.VerificationCancelCode, _ string) {
	c.steps <- Step{What: "cancelled", Txn: txn, Code: code}
}

func (c callbacks) VerificationDone(_ context.Context, txn id.VerificationTransactionID, _ event.VerificationMethod) {
	c.steps <- Step{What: "done", Txn: txn}
}

func (c callbacks) ShowSAS(_ context.Context, txn id.VerificationTransactionID, _ []rune, names []string, _ []int) {
	c.steps <- Step{What: "emoji", Txn: txn, Names: names}
}
