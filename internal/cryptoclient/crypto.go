package cryptoclient

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"
)

// helper lets a client encrypt. mautrix has one too, which brings a SQLite driver
// in C along.
type helper struct {
	client *mautrix.Client
	syncer *mautrix.DefaultSyncer
	mach   *crypto.OlmMachine
	db     *dbutil.Database
	// turn is held by whoever may read or change the user's own identity: the library
	// keeps it in a field without a lock. Never held while handlers of events run, for
	// they send messages.
	turn sync.Mutex
}

var _ mautrix.CryptoHelper = (*helper)(nil)

// keyPatience is how long a message waits for a key that is under way.
const keyPatience = 20 * time.Second

func newHelper(client *mautrix.Client, syncer *mautrix.DefaultSyncer, db *dbutil.Database) *helper {
	keys := crypto.NewSQLCryptoStore(db, nil, string(client.UserID), client.DeviceID, []byte("a person's pickle key"))
	state := sqlstatestore.NewSQLStateStore(db, nil, false)
	client.StateStore, client.Store = state, keys
	h := &helper{client: client, syncer: syncer, db: db, mach: crypto.NewOlmMachine(client, nil, keys, state)}
	h.mach.IgnorePostDecryptionParseErrors = true
	return h
}

// Init loads or makes the device's keys, and listens to sync.
func (h *helper) Init(ctx context.Context) error {
	keys := h.mach.CryptoStore.(*crypto.SQLCryptoStore)
	state := h.mach.StateStore.(*sqlstatestore.SQLStateStore)
	if err := errors.Join(state.Upgrade(ctx), keys.DB.Upgrade(ctx)); err != nil {
		return err
	}
	if err := h.mach.Load(ctx); err != nil {
		return err
	}
	if err := h.mach.ShareKeys(ctx, -1); err != nil {
		return err
	}
	h.prime(ctx)
	h.syncer.OnSync(h.process)
	h.syncer.OnEventType(event.StateMember, h.mach.HandleMemberEvent)
	h.syncer.OnEventType(event.StateHistoryVisibility, h.mach.HandleHistoryVisibility)
	h.syncer.OnEventType(event.EventEncrypted, h.handle)
	h.syncer.OnEvent(h.client.StateStoreSyncHandler)
	return nil
}

func (h *helper) process(ctx context.Context, resp *mautrix.RespSync, since string) bool {
	h.turn.Lock()
	defer h.turn.Unlock()
	defer h.prime(ctx)
	return h.mach.ProcessSyncResponse(ctx, resp, since)
}

// prime has the library remember the identity, so that those who read it without a turn,
// as its verification does, do not write the field.
func (h *helper) prime(ctx context.Context) { _, _ = h.mach.GetOwnCrossSigningPublicKeys(ctx) }

// handle reads an encrypted event, later if its key has not come.
func (h *helper) handle(ctx context.Context, evt *event.Event) {
	clear, err := h.Decrypt(ctx, evt)
	switch {
	case err == nil:
		h.syncer.Dispatch(ctx, clear)
	case errors.Is(err, crypto.ErrNoSessionFound):
		content := evt.Content.AsEncrypted()
		go func() {
			ctx := context.WithoutCancel(ctx)
			if !h.WaitForSession(ctx, evt.RoomID, content.SenderKey, content.SessionID, keyPatience) {
				return
			}
			if clear, err := h.Decrypt(ctx, evt); err == nil {
				h.syncer.Dispatch(ctx, clear)
			}
		}()
	}
}

func (h *helper) Decrypt(ctx context.Context, evt *event.Event) (*event.Event, error) {
	h.turn.Lock()
	defer h.turn.Unlock()
	return h.mach.DecryptMegolmEvent(ctx, evt)
}

func (h *helper) Encrypt(ctx context.Context, room id.RoomID, kind event.Type, content any) (*event.EncryptedEventContent, error) {
	h.turn.Lock()
	defer h.turn.Unlock()
	encrypted, err := h.mach.EncryptMegolmEvent(ctx, room, kind, content)
	if err == nil || !crypto.IsShareError(err) {
		return encrypted, err
	}
	members, err := h.client.StateStore.GetRoomJoinedOrInvitedMembers(ctx, room)
	if err != nil {
		return nil, err
	}
	if err := h.mach.ShareGroupSession(ctx, room, members); err != nil {
		return nil, err
	}
	return h.mach.EncryptMegolmEvent(ctx, room, kind, content)
}

func (h *helper) WaitForSession(ctx context.Context, room id.RoomID, sender id.SenderKey, session id.SessionID, timeout time.Duration) bool {
	return h.mach.WaitForSession(ctx, room, sender, session, timeout)
}

func (h *helper) RequestSession(ctx context.Context, room id.RoomID, sender id.SenderKey, session id.SessionID, user id.UserID, device id.DeviceID) {
	_ = h.mach.SendRoomKeyRequest(ctx, room, sender, session, "", map[id.UserID][]id.DeviceID{user: {device}, h.client.UserID: {"*"}})
}

func (h *helper) Close() error { return h.db.RawDB.Close() }
