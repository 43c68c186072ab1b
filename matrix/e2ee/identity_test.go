package e2ee

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/ssss"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func TestBootstrapAndReload(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		d := a.device(t, url)
		if got := d.state(); got != IdentityMissing {
			t.Fatalf("a new account is %s", got)
		}
		d.bootstrap()
		for _, when := range []string{"at once", "after a restart"} {
			if got := d.state(); got != IdentityReady {
				t.Errorf("%s: %s", when, got)
			}
			theirs, err := d.published(t.Context())
			must(t, err)
			if !theirs.deviceSigned {
				t.Errorf("%s: the device is not signed", when)
			}
			d.reopen()
		}
		err := d.Bootstrap(t.Context(), BootstrapOptions{Reveal: func(string) error { t.Error("revealed again"); return nil }})
		if _, ok := errors.AsType[*IdentityError](err); !ok {
			t.Errorf("a second identity: %v", err)
		}
		// Somebody else sees a device that its owner vouches for.
		person := a.person(t)
		seen, err := person.Machine().GetOrFetchDevice(t.Context(), a.user, d.client.DeviceID)
		must(t, err)
		if trust, err := person.Machine().ResolveTrustContext(t.Context(), seen); err != nil || trust < id.TrustStateCrossSignedTOFU {
			t.Errorf("others trust the device as %s, %v", trust, err)
		}
	})
}

func TestLockedAndUnlocked(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		recoveryKey, err := a.rival(t).Identify(t.Context())
		must(t, err)
		d := a.device(t, url)
		if got := d.state(); got != IdentityLocked {
			t.Fatalf("the account is %s", got)
		}
		err = d.Bootstrap(t.Context(), BootstrapOptions{})
		if locked, ok := errors.AsType[*IdentityError](err); !ok || locked.State != IdentityLocked {
			t.Errorf("bootstrap over another identity: %v", err)
		}
		other, err := ssss.NewKey("")
		must(t, err)
		for _, wrong := range []string{"", "swordfish", other.RecoveryKey(), recoveryKey + "x", strings.Repeat("E", 5000)} {
			if err := d.Unlock(t.Context(), wrong); !errors.Is(err, ErrWrongKey) {
				t.Errorf("%.20q: %v", wrong, err)
			}
		}
		if got := d.state(); got != IdentityLocked {
			t.Errorf("after wrong keys: %s", got)
		}
		must(t, d.Unlock(t.Context(), "  "+strings.ReplaceAll(recoveryKey, " ", "\n")))
		d.reopen()
		if got := d.state(); got != IdentityReady {
			t.Errorf("unlocked: %s", got)
		}
	})
}

func TestUnlockWithPassphrase(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	first := a.device(t, sqlite(t))
	must(t, first.Bootstrap(t.Context(), BootstrapOptions{Passphrase: "correct horse battery"}))
	d := a.device(t, sqlite(t))
	for _, wrong := range []string{"correct horse", "correct horse battery staple"} {
		if err := d.Unlock(t.Context(), wrong); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	must(t, d.Unlock(t.Context(), "correct horse battery"))
	if got := d.state(); got != IdentityReady {
		t.Errorf("unlocked: %s", got)
	}
}

// Another client resets the identity while the bot is away.
func TestResetIsNotOverlooked(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		d := a.device(t, url)
		d.bootstrap()
		d.makeKeys(2)
		stop := d.backingUp()
		eventually(t, "the keys in the backup", func() bool { return d.backup().Saved == 2 })
		stop()
		rival := a.rival(t)
		recoveryKey, err := rival.Replace(t.Context(), a.password)
		must(t, err)
		before, err := d.published(t.Context())
		must(t, err)
		d.reopen()
		if got := d.state(); got != IdentityMismatch {
			t.Fatalf("after a reset: %s", got)
		}
		if own := d.Own(); !own.Replaced || own.Identity == "" {
			t.Errorf("after a reset: %+v", own)
		}
		after, err := d.published(t.Context())
		must(t, err)
		if before.keys != after.keys {
			t.Error("the bot changed the account's identity")
		}
		for _, word := range []string{"reset", "restore", "lies"} {
			if text := (&IdentityError{IdentityMismatch}).Error(); !strings.Contains(text, word) {
				t.Errorf("%q does not say %q", text, word)
			}
		}
		// Whoever has the new recovery key may have the bot follow.
		must(t, d.Unlock(t.Context(), recoveryKey))
		if got := d.state(); got != IdentityReady {
			t.Errorf("unlocked: %s", got)
		}
		if own := d.Own(); own.Replaced || own.Identity != after.keys.MasterKey {
			t.Errorf("unlocked: %+v", own)
		}
		// The backup is reached with it too.
		fresh := a.device(t, sqlite(t))
		must(t, fresh.Unlock(t.Context(), recoveryKey))
		if restored, err := fresh.Restore(t.Context(), nil); err != nil || restored.Keys != 2 {
			t.Errorf("restored %+v, %v", restored, err)
		}
	})
}

// Another client resets the identity while the bot runs. It goes on, says nothing more
// in secret, verifies nobody, and reads what others say as before.
func TestResetUnderWay(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	ours := d.Own()
	if ours.Identity == "" || ours.Replaced {
		t.Fatalf("%+v", ours)
	}
	d.sync(func() bool { return d.since != "" })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(ctx) }()
	defer func() { stop(); <-ended }()
	rival := a.rival(t) // a new device alone changes nothing
	d.sync(func() bool { return len(d.ownIdentity.changed) == 0 })
	if d.Own() != ours {
		t.Fatalf("after a login: %+v", d.Own())
	}
	_, err := rival.Replace(t.Context(), a.password)
	must(t, err)
	d.sync(func() bool { return d.Own().Replaced })
	if d.Own().Identity != ours.Identity {
		t.Errorf("ours is another now: %+v", d.Own())
	}
	if _, err := d.Encrypt(t.Context(), "!room:x", event.EventMessage, map[string]any{}); !isReplaced(err) {
		t.Errorf("encrypts: %v", err)
	}
	verifying := make(chan struct{})
	go func() { defer close(verifying); d.Verifier().Run(ctx, nil) }()
	defer func() { stop(); <-verifying }()
	if _, err := d.Verifier().Start(ctx, "@somebody:x", ""); !isReplaced(err) {
		t.Errorf("verifies: %v", err)
	}
	if d.Verifier().welcome("@somebody:x", "") || d.Verifier().welcome(a.user, "!room:x") {
		t.Error("answers who verifies")
	}
}

func isReplaced(err error) bool {
	changed, ok := errors.AsType[*IdentityError](err)
	return ok && changed.State == IdentityMismatch
}

// A recovery key that nobody saw is shown again, and the identity is the same.
func TestBootstrapIsFinishedAfterACrash(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	full := errors.New("disk full")
	var first string
	err := d.Bootstrap(t.Context(), BootstrapOptions{Reveal: func(key string) error { first = key; return full }})
	if !errors.Is(err, full) {
		t.Fatalf("bootstrap: %v", err)
	}
	before, err := d.published(t.Context())
	must(t, err)
	d.reopen()
	if got := d.state(); got != IdentityMissing {
		t.Fatalf("unfinished: %s", got)
	}
	if again := d.bootstrap(); again != first {
		t.Errorf("shown %q, then %q", first, again)
	}
	after, err := d.published(t.Context())
	must(t, err)
	if before.keys != after.keys || d.state() != IdentityReady {
		t.Error("not the same identity")
	}
	must(t, a.device(t, sqlite(t)).Unlock(t.Context(), first))
}

func TestIdentityWithoutStorage(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	rival := a.rival(t)
	recoveryKey, err := rival.Identify(t.Context())
	must(t, err)
	must(t, rival.SetAccountData(t.Context(), event.AccountDataSecretStorageDefaultKey.Type, map[string]any{}))
	d := a.device(t, sqlite(t))
	if err := d.Unlock(t.Context(), recoveryKey); !errors.Is(err, ErrNoStorage) {
		t.Errorf("no default key: %v", err)
	}
}

func TestStorageOfOthersIsNotReplaced(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	rival := a.rival(t)
	key, err := rival.Machine().SSSS.GenerateAndUploadKey(t.Context(), "")
	must(t, err)
	must(t, rival.Machine().SSSS.SetDefaultKeyID(t.Context(), key.ID))
	d := a.device(t, sqlite(t))
	if err := d.Bootstrap(t.Context(), BootstrapOptions{}); !errors.Is(err, ErrStorageExists) {
		t.Fatalf("bootstrap: %v", err)
	}
	var shown string
	must(t, d.Bootstrap(t.Context(), BootstrapOptions{Storage: key.RecoveryKey(), Reveal: func(k string) error { shown = k; return nil }}))
	if shown != key.RecoveryKey() {
		t.Errorf("another recovery key: %q", shown)
	}
}

// What the homeserver says of the storage is not believed without bounds.
func TestHostileStorage(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	rival := a.rival(t)
	err := rival.Alone(func(mach *crypto.OlmMachine) error {
		_, _, err := mach.GenerateAndUploadCrossSigningKeys(t.Context(), nil, "pass")
		return err
	})
	must(t, err)
	d := a.device(t, sqlite(t))
	keyID, meta, err := d.storageMeta(t.Context())
	must(t, err)
	for _, change := range []func(p *ssss.PassphraseMetadata){
		func(p *ssss.PassphraseMetadata) { p.Iterations = 2_000_000_000 },
		func(p *ssss.PassphraseMetadata) { p.Iterations = -1 },
		func(p *ssss.PassphraseMetadata) { p.Bits = -8 },
		func(p *ssss.PassphraseMetadata) { p.Bits = 1 << 40 },
	} {
		bad, p := *meta, *meta.Passphrase
		change(&p)
		bad.Passphrase = &p
		must(t, d.mach.SSSS.SetKeyData(t.Context(), keyID, &bad))
		if err := d.Unlock(t.Context(), "pass"); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
	must(t, d.mach.SSSS.SetKeyData(t.Context(), keyID, meta))
	key, err := meta.VerifyPassphrase(keyID, "pass")
	must(t, err)
	must(t, d.writeStorage(t.Context(), key, id.SecretXSMaster, []byte("short")))
	if err := d.Unlock(t.Context(), "pass"); err == nil || !strings.Contains(err.Error(), "is not a key") {
		t.Errorf("a short key: %v", err)
	}
}

func TestDamagedSecret(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	_, err := d.keys.DB.Exec(t.Context(), `UPDATE crypto_secrets SET secret=$1 WHERE name=$2`, []byte("not ours"), id.SecretXSMaster)
	must(t, err)
	if _, err := d.Identity(t.Context()); !errors.Is(err, errDamaged) {
		t.Errorf("a damaged secret: %v", err)
	}
	// One good secret in the place of another is another identity.
	seed, err := d.secret(t.Context(), id.SecretXSUserSigning)
	must(t, err)
	must(t, d.putSecret(t.Context(), id.SecretXSMaster, seed))
	if got := d.state(); got != IdentityMismatch {
		t.Errorf("secrets exchanged: %s", got)
	}
}

// wanting wants a proof before it takes an identity's keys, as some homeservers do.
type wanting struct {
	http.RoundTripper
	proofs []map[string]any
}

func (w *wanting) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/device_signing/upload") {
		return w.RoundTripper.RoundTrip(r)
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	var sent struct {
		Auth map[string]any `json:"auth"`
	}
	if err := json.NewDecoder(body).Decode(&sent); err != nil {
		return nil, err
	}
	if sent.Auth == nil || sent.Auth["password"] != "opensesame" {
		w.proofs = append(w.proofs, sent.Auth)
		refused := answering(http.StatusUnauthorized, `{"session": "s1", "flows": [{"stages": ["m.login.sso"]}, {"stages": ["m.login.password"]}], "params": {}}`)
		refused.Request = r
		return refused, nil
	}
	w.proofs = append(w.proofs, sent.Auth)
	return w.RoundTripper.RoundTrip(r)
}

func TestBootstrapWithPassword(t *testing.T) {
	t.Parallel()
	d := newAccount(t).device(t, sqlite(t))
	w := &wanting{RoundTripper: http.DefaultTransport}
	d.client.Client = &http.Client{Transport: w}
	err := d.Bootstrap(t.Context(), BootstrapOptions{})
	if refused, ok := errors.AsType[*ApprovalError](err); !ok || refused.WrongPassword || !strings.Contains(err.Error(), "m.login.sso") {
		t.Errorf("without a password: %v", err)
	}
	err = d.Bootstrap(t.Context(), BootstrapOptions{Password: "wrong"})
	if refused, ok := errors.AsType[*ApprovalError](err); !ok || !refused.WrongPassword {
		t.Errorf("a wrong password: %v", err)
	}
	// Nothing of the account has changed so far.
	if keyID, _, err := d.storageMeta(t.Context()); err != nil || keyID != "" || d.state() != IdentityMissing {
		t.Errorf("the storage is %q, %v", keyID, err)
	}
	must(t, d.Bootstrap(t.Context(), BootstrapOptions{Password: "opensesame"}))
	if last := w.proofs[len(w.proofs)-1]; last["session"] != "s1" || last["type"] != "m.login.password" || d.state() != IdentityReady {
		t.Errorf("proved by %v, and the identity is %s", last, d.state())
	}
}

func TestApprovalSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		asked mautrix.RespUserInteractive
		tried bool
		want  string
	}{
		"password": {mautrix.RespUserInteractive{Flows: []mautrix.UIAFlow{{Stages: []mautrix.AuthType{"m.login.password"}}}}, false, "FORSETI_PASSWORD"},
		"oauth": {mautrix.RespUserInteractive{
			Flows:  []mautrix.UIAFlow{{Stages: []mautrix.AuthType{"m.oauth"}}},
			Params: map[mautrix.AuthType]any{"m.oauth": map[string]any{"url": "https://mas.example.org/account"}},
		}, false, "https://mas.example.org/account"},
		"odd": {mautrix.RespUserInteractive{Params: map[mautrix.AuthType]any{"m.oauth": 7}}, false, "does not take"},
	} {
		if err := approval(&c.asked, c.tried, mautrix.MForbidden); !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
