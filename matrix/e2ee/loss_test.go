package e2ee

import (
	"errors"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
)

// lost is how the device cannot be opened.
func (d *device) lost() Loss {
	d.t.Helper()
	err := d.tryOpen()
	loss, ok := errors.AsType[*LostError](err)
	if !ok {
		d.t.Fatalf("opened with %v", err)
	}
	return loss.What
}

func TestWrongKeyChangesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		d := a.device(t, url)
		recoveryKey := d.bootstrap()
		_, key := newKey(t, "!room:example.org")
		must(t, d.mach.StoreGroupSession(t.Context(), key))
		d.close()
		right := d.opts.Key
		d.opts.Key = []byte("another key")
		if loss := d.lost(); loss != WrongKey {
			t.Errorf("a wrong key: %s", loss)
		}
		// Nor does it with a new login.
		first := d.client
		d.client = a.client(t)
		if loss := d.lost(); loss != WrongKey {
			t.Errorf("a wrong key and a new login: %s", loss)
		}
		d.client, d.opts.Key = first, right
		d.open()
		if !d.has(key) || d.state() != IdentityReady {
			t.Error("something was lost")
		}
		// The key is lost for good: all that it encrypted goes, and comes back.
		must(t, Wipe(t.Context(), d.db.DB(), a.user))
		d.close()
		d.opts.Key = []byte("a new key")
		d.client = a.client(t)
		d.open()
		if got := d.state(); got != IdentityLocked || d.has(key) {
			t.Errorf("after wiping: %s", got)
		}
		must(t, d.Unlock(t.Context(), recoveryKey))
		if got := d.state(); got != IdentityReady {
			t.Errorf("restored: %s", got)
		}
	})
}

// A new login keeps what is good with it.
func TestNewDeviceKeepsKeys(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	_, key := newKey(t, "!room:example.org")
	must(t, d.mach.StoreGroupSession(t.Context(), key))
	before := d.Fingerprint()
	d.close()
	d.client = a.client(t)
	d.open()
	if !d.has(key) || d.state() != IdentityReady || d.Fingerprint() == before {
		t.Error("the new device lost something, or is the old one")
	}
	theirs, err := d.published(t.Context())
	must(t, err)
	if !theirs.deviceSigned {
		t.Error("the new device is not signed")
	}
}

func TestLosses(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.close()
	good := d.url
	d.url = sqlite(t)
	if loss := d.lost(); loss != KeysLost {
		t.Errorf("an empty database: %s", loss)
	}
	// Another program makes keys for the same device.
	d.url = good
	d.open()
	account := crypto.NewOlmAccount()
	account.Shared = true
	d.keys.Account = nil
	_, err := d.keys.DB.Exec(t.Context(), `DELETE FROM crypto_account`)
	must(t, err)
	must(t, d.keys.PutAccount(t.Context(), account))
	d.close()
	if loss := d.lost(); loss != DeviceReplaced {
		t.Errorf("other keys: %s", loss)
	}
	// Somebody logs the device out, and the bot in again under its name.
	second := a.device(t, sqlite(t))
	second.close()
	name := second.client.DeviceID
	_, err = second.client.Logout(t.Context())
	must(t, err)
	again := a.client(t)
	_, err = again.Login(t.Context(), &mautrix.ReqLogin{
		Type: mautrix.AuthTypePassword, Password: a.password, StoreCredentials: true, DeviceID: name,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(a.user)},
	})
	must(t, err)
	second.client = again
	if loss := second.lost(); loss != DeviceGone {
		t.Errorf("deleted: %s", loss)
	}
}
