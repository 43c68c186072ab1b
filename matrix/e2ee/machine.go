package e2ee

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"
)

//go:embed upgrades/*.sql
var upgrades embed.FS

// Options say whose device it is and where its keys are kept.
type Options struct {
	Client *mautrix.Client // logged in
	DB     *dbutil.Database
	// Key is what the keys are encrypted with in the database.
	Key []byte
	Log zerolog.Logger
	// SendTo is which devices may read what we send.
	SendTo Trust
	// Moderator tells whose wishes count besides our own: for keys that they ask
	// for, for history that they share, and for verifying us. It may be nil.
	Moderator func(id.UserID) bool
	// ShareKeys says that verified devices of moderators get the keys that they ask
	// for, of rooms that they are in, as our own do.
	ShareKeys bool
}

// Machine is the encryption of one device, put together of its parts. Receive,
// TakeState and Late are for the goroutine that syncs; all else is safe for concurrent
// use.
type Machine struct {
	*base
	*vault
	*rooms
	*trust
	*backups
	*ownIdentity
	*wants
	*requests
	*parking
	verifier *Verifier

	mu       sync.Mutex
	outdated bool // some device lists may be
}

// Open loads the device's keys, or makes them if it has none yet, and compares
// them with what the homeserver says. Its errors are [*LostError] where what is
// stored and what the homeserver has do not belong together.
func Open(ctx context.Context, opts Options) (*Machine, error) {
	if len(opts.Key) == 0 {
		return nil, errors.New("encryption: the key of the store is not set")
	}
	// Not below debug: there the library logs the values of slow queries.
	log := opts.Log.Level(max(zerolog.DebugLevel, opts.Log.GetLevel())).With().Str("part", "e2ee").Logger()
	// The library says much, of which most is no news, and some is nobody's business.
	quiet := log.Level(max(zerolog.WarnLevel, log.GetLevel())).Hook(zerolog.HookFunc(hush))
	m := assemble(&base{client: opts.Client, log: log, opts: opts})
	m.keys = crypto.NewSQLCryptoStore(opts.DB, dbutil.ZeroLogger(quiet), string(opts.Client.UserID), opts.Client.DeviceID, opts.Key)
	m.state = sqlstatestore.NewSQLStateStore(opts.DB, dbutil.ZeroLogger(quiet), false)
	m.db = opts.DB.Child("forseti_e2ee_version", dbutil.BuildUpgradeTable().WithFSPath(upgrades, "upgrades").Finish(), dbutil.ZeroLogger(quiet))
	for _, db := range []*dbutil.Database{m.keys.DB, m.state.Database, m.db} {
		if err := db.Upgrade(ctx); err != nil {
			return nil, fmt.Errorf("encryption: upgrade database: %w", err)
		}
	}
	m.mach = crypto.NewOlmMachine(opts.Client, &quiet, &keyStore{SQLCryptoStore: m.keys, wanted: m.wanted}, m.state)
	m.mach.SetMegolmDecryptLock(lockKeys())
	m.mach.SendKeysMinTrust = opts.SendTo.least()
	m.mach.IgnorePostDecryptionParseErrors = true
	m.mach.DisableRatchetTracking = true // we never throw keys away while they are in use
	m.mach.SessionReceived = m.sessionReceived
	m.mach.AllowKeyShare = m.allowKeyShare
	m.mach.OnRoomKeyBundle = m.takeHistory
	if err := m.openDevice(ctx); err != nil {
		return nil, err
	}
	return m, m.loadRooms(ctx)
}

// noNews is what the library warns of for each device that we have not talked to before,
// right before it opens a channel to it, and at each start for those that nobody uses any
// more, as our own of before a restore. Logging it below warnings upstream would make
// this superfluous.
const noNews = "Didn't find olm session to encrypt group session"

func hush(e *zerolog.Event, _ zerolog.Level, message string) {
	if message == noNews {
		e.Discard()
	}
}

// assemble makes the parts. What the base lacks is filled in later.
func assemble(b *base) *Machine {
	b.turns, b.whose = newTurns(), newTurns()
	token := func() chan struct{} { return make(chan struct{}, 1) }
	m := &Machine{base: b, vault: &vault{b}, trust: &trust{base: b, news: token()}, outdated: true}
	m.rooms = &rooms{base: b, encrypted: map[id.RoomID]bool{}}
	m.backups = &backups{base: b, vault: m.vault, fresh: token(), again: token()}
	m.ownIdentity = &ownIdentity{base: b, vault: m.vault, backups: m.backups, changed: token(), news: token()}
	m.wants = &wants{base: b, vault: m.vault, rooms: m.rooms, news: token(), every: wantEvery, grace: wantGrace}
	m.requests = &requests{base: b, rooms: m.rooms, news: token()}
	m.parking = &parking{
		base: b, rooms: m.rooms, changed: m.wants.news, wake: token(),
		arrived: map[id.SessionID]bool{}, withheld: map[refusal]event.RoomKeyWithheldEventContent{},
	}
	m.verifier = newVerifier(m)
	return m
}

// Close ends what goes on in the background. The database stays open.
func (m *Machine) Close() { m.mach.Destroy() }

// Fingerprint is the device's signing key, in groups of four letters.
func (m *Machine) Fingerprint() string { return m.mach.Fingerprint() }

// openDevice finds out whether keys, device and homeserver belong together.
func (m *Machine) openDevice(ctx context.Context) error {
	stored, err := m.keys.FindDeviceID(ctx)
	if err != nil {
		return fmt.Errorf("encryption: read the device: %w", err)
	}
	// With a wrong key nothing is to be forgotten, and nothing could be kept.
	if _, err := m.keys.GetAccount(ctx); isPickle(err) {
		return &LostError{What: WrongKey, Err: err}
	}
	if stored != "" && stored != m.client.DeviceID {
		if err := m.forgetDevice(ctx, stored); err != nil {
			return err
		}
	}
	if err := m.mach.Load(ctx); err != nil {
		return fmt.Errorf("encryption: load the device: %w", err)
	}
	resp, err := m.client.QueryKeys(ctx, &mautrix.ReqQueryKeys{
		DeviceKeys: mautrix.DeviceKeysRequest{m.client.UserID: {m.client.DeviceID}},
	})
	if err != nil {
		return fmt.Errorf("encryption: ask for our own device: %w", err)
	}
	published, ok := resp.DeviceKeys[m.client.UserID][m.client.DeviceID]
	ok = ok && len(published.Keys) > 0
	shared := m.mach.GetAccount().Shared
	switch {
	case ok && !shared:
		return &LostError{What: KeysLost}
	case ok && published.Keys.GetEd25519(m.client.DeviceID) != m.mach.OwnIdentity().SigningKey:
		return &LostError{What: DeviceReplaced}
	case !ok && shared:
		return &LostError{What: DeviceGone}
	case !ok:
		if err := m.mach.ShareKeys(ctx, -1); err != nil {
			return fmt.Errorf("encryption: publish our keys: %w", err)
		}
	}
	return nil
}

// isPickle reports whether an error is that of a key which does not fit.
func isPickle(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "bad mac") || strings.Contains(err.Error(), "pickle"))
}

// forgetDevice drops what belongs to a device that we are no longer logged in as.
// Keys of rooms and our identity are good with the new one too.
func (m *Machine) forgetDevice(ctx context.Context, old id.DeviceID) error {
	m.log.Warn().Stringer("device", old).Stringer("now", m.client.DeviceID).Msg("The login is another device than before; it gets keys of its own")
	for _, table := range []string{"crypto_account", "crypto_olm_session", "crypto_megolm_outbound_session"} {
		if _, err := m.keys.DB.Exec(ctx, "DELETE FROM "+table+" WHERE account_id=$1", m.keys.AccountID); err != nil {
			return fmt.Errorf("encryption: forget device %s: %w", old, err)
		}
	}
	m.keys.Account = nil // read before
	return nil
}
