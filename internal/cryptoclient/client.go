// Package cryptoclient is a person with an encrypting Matrix client, for tests
// and the demo. It is made of mautrix alone, and so is the other side to what
// Forseti makes of it.
package cryptoclient

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"sync"

	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	_ "modernc.org/sqlite" // driver "sqlite"
)

// Client is a logged-in device that syncs until Close.
type Client struct {
	*mautrix.Client
	crypto *helper
	// Verifier verifies other users with the user's word.
	Verifier *Verifier

	stop  context.CancelFunc
	ended chan struct{}

	mu     sync.Mutex
	events []*event.Event
	news   chan struct{} // closed and made anew with each event
}

// Start logs the user of a token in with a key store in dir, and syncs.
func Start(ctx context.Context, homeserver string, user id.UserID, token, dir string) (*Client, error) {
	client, err := mautrix.NewClient(homeserver, user, token)
	if err != nil {
		return nil, err
	}
	who, err := client.Whoami(ctx)
	if err != nil {
		return nil, err
	}
	client.DeviceID = who.DeviceID
	syncer := mautrix.NewDefaultSyncer()
	syncer.ParseErrorHandler = func(*event.Event, error) bool { return true }
	client.Syncer = syncer
	db, err := openStore(filepath.Join(dir, string(who.DeviceID)+".db"))
	if err != nil {
		return nil, err
	}
	crypto := newHelper(client, syncer, db)
	if err := crypto.Init(ctx); err != nil {
		return nil, errors.Join(err, crypto.Close())
	}
	client.Crypto = crypto
	c := &Client{Client: client, crypto: crypto, ended: make(chan struct{}), news: make(chan struct{})}
	if c.Verifier, err = newVerifier(ctx, client, syncer, crypto.mach); err != nil {
		return nil, errors.Join(err, crypto.Close())
	}
	syncer.OnEvent(func(_ context.Context, evt *event.Event) { c.record(evt) })
	syncing, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go func() {
		defer close(c.ended)
		for syncing.Err() == nil {
			_ = client.SyncWithContext(syncing) // a crash of the library's handlers is not what is tested here
		}
	}()
	return c, nil
}

func openStore(path string) (*dbutil.Database, error) {
	query := url.Values{
		"_txlock": {"immediate"}, "_time_format": {"sqlite"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)"},
	}
	raw, err := sql.Open("sqlite", "file:"+path+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	return dbutil.NewWithDB(raw, "sqlite")
}

// Machine is the client's encryption. What changes the user's identity runs in Alone.
func (c *Client) Machine() *crypto.OlmMachine { return c.crypto.mach }

// Alone runs f while nothing of the client reads the user's identity.
func (c *Client) Alone(f func(*crypto.OlmMachine) error) error {
	c.crypto.turn.Lock()
	defer c.crypto.turn.Unlock()
	defer c.crypto.prime(context.Background())
	return f(c.crypto.mach)
}

// Identify makes the user's cross-signing identity and signs this device.
func (c *Client) Identify(ctx context.Context) (recoveryKey string, err error) {
	err = c.Alone(func(mach *crypto.OlmMachine) (err error) {
		recoveryKey, err = mach.GenerateAndVerifyWithRecoveryKey(ctx)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("cross-signing of %s: %w", c.UserID, err)
	}
	return recoveryKey, nil
}

// Replace makes a new identity in the place of the user's.
func (c *Client) Replace(ctx context.Context, password string) (recoveryKey string, err error) {
	err = c.Alone(func(mach *crypto.OlmMachine) (err error) {
		recoveryKey, _, err = mach.GenerateAndUploadCrossSigningKeysWithPassword(ctx, password, "")
		return err
	})
	return recoveryKey, err
}

// Enter joins a room and learns who is there and that it is encrypted.
func (c *Client) Enter(ctx context.Context, room id.RoomID) error {
	if _, err := c.JoinRoomByID(ctx, room); err != nil {
		return err
	}
	_, err := c.State(ctx, room)
	return err
}

func (c *Client) record(evt *event.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, evt)
	close(c.news)
	c.news = make(chan struct{})
}

// Events are all that came so far, decrypted ones in clear as well.
func (c *Client) Events() []*event.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// Await returns the first event, past or to come, that is wanted.
func (c *Client) Await(ctx context.Context, wanted func(*event.Event) bool) (*event.Event, error) {
	seen := 0
	for {
		c.mu.Lock()
		fresh, news := c.events[seen:], c.news
		seen = len(c.events)
		c.mu.Unlock()
		for _, evt := range fresh {
			if wanted(evt) {
				return evt, nil
			}
		}
		select {
		case <-news:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for an event: %w", ctx.Err())
		}
	}
}

// Close ends syncing and closes the key store.
func (c *Client) Close() error {
	c.stop()
	<-c.ended
	return c.crypto.Close()
}
