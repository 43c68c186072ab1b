package e2ee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"forseti/internal/cryptoclient"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// requesting runs the requests, impatiently, until the test ends.
func (d *device) requesting() {
	d.wants.every, d.wants.grace = 50*time.Millisecond, 100*time.Millisecond
	ctx, cancel := context.WithCancel(d.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = d.RunRequests(ctx) })
	d.t.Cleanup(func() { cancel(); wg.Wait() })
}

// forwarded is a key as a client forwards it.
func forwarded(t *testing.T, key *crypto.InboundGroupSession) *event.ForwardedRoomKeyEventContent {
	t.Helper()
	exported, err := key.Internal.Export(key.Internal.FirstKnownIndex())
	must(t, err)
	return &event.ForwardedRoomKeyEventContent{
		RoomKeyEventContent: event.RoomKeyEventContent{Algorithm: id.AlgorithmMegolmV1, RoomID: key.RoomID, SessionID: key.ID(), SessionKey: string(exported)},
		SenderKey:           key.SenderKey, SenderClaimedKey: key.SigningKey, ForwardingKeyChain: []string{},
	}
}

// asks has a client ask the device for a key.
func asks(t *testing.T, who *cryptoclient.Client, d *device, key *crypto.InboundGroupSession) {
	t.Helper()
	must(t, who.Machine().SendRoomKeyRequest(t.Context(), key.RoomID, key.SenderKey, key.ID(), "", map[id.UserID][]id.DeviceID{d.client.UserID: {d.client.DeviceID}}))
}

func gets(t *testing.T, who *cryptoclient.Client, key *crypto.InboundGroupSession) bool {
	t.Helper()
	got, err := who.Machine().CryptoStore.GetGroupSession(t.Context(), key.RoomID, key.ID())
	if errors.Is(err, crypto.ErrGroupSessionWithheld) {
		return false
	}
	must(t, err)
	return got != nil
}

// A key that never came is asked for, given by another device of ours, and used.
func TestMissingKeyIsAskedFor(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		other := a.rival(t)
		recoveryKey, err := other.Identify(t.Context())
		must(t, err)
		person := a.person(t)
		early := a.device(t, sqlite(t)) // makes the room; and has no part in what follows
		room := early.secretRoom(person)
		early.close()
		say(t, person, room, "before you came")
		eventually(t, "the other device to read it", func() bool {
			for _, evt := range other.Events() {
				if body, _ := evt.Content.Raw["body"].(string); body == "before you came" {
					return true
				}
			}
			return false
		})

		d := a.device(t, url)
		must(t, d.Unlock(t.Context(), recoveryKey))
		d.requesting()
		d.sync(func() bool { return d.hears("before you came") })
		if info := d.heard[0].Mautrix; !info.ForwardedKeys && info.TrustState != id.TrustStateForwarded {
			t.Errorf("taken for the sender's word: %+v", info)
		}
		// It is asked for once, and taken back.
		eventually(t, "the request to end", func() bool {
			open, err := d.readWants(t.Context(), `SELECT session_id, sender, room_id, request_id FROM forseti_key_request WHERE open`)
			must(t, err)
			return len(open) == 0
		})
	})
}

// Strangers can make up keys by the thousand; few are asked for, each once, and
// others get their turn.
func TestAskingHasLimits(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		d := newAccount(t).device(t, url)
		past := time.Now().Add(-time.Hour)
		park := func(sender id.UserID, n int) {
			_, key := newKey(t, "!room:example.org")
			evt := &event.Event{
				ID: id.EventID(fmt.Sprintf("$%s%d", sender, n)), RoomID: "!room:example.org", Sender: sender, Type: event.EventEncrypted,
				Content: event.Content{VeryRaw: []byte("{}"), Raw: map[string]any{"session_id": string(key.ID())}},
			}
			must(t, d.Park(t.Context(), evt, past.Add(time.Duration(n)*time.Second)))
		}
		for n := range 40 {
			park("@flooder:example.org", n)
		}
		park("@person:example.org", 1000)
		asked := func(where string) int {
			found, err := d.readWants(t.Context(), `SELECT session_id, sender, room_id, request_id FROM forseti_key_request WHERE `+where)
			must(t, err)
			return len(found)
		}
		more, err := d.wantKeys(t.Context(), time.Now())
		must(t, err)
		if n := asked("open"); n != wantMost || !more {
			t.Errorf("asked for %d at once, more: %v", n, more)
		}
		person, err := d.readWants(t.Context(), `SELECT session_id, sender, room_id, request_id FROM forseti_key_request WHERE sender = $1`, []byte("@person:example.org"))
		must(t, err)
		if len(person) != 1 {
			t.Error("the flooder keeps others from being asked")
		}
		d.reopen()
		for range 20 {
			_, err := d.wantKeys(t.Context(), time.Now())
			must(t, err)
		}
		if n := asked("open"); n != 41 {
			t.Errorf("%d requests for 41 keys", n)
		}
		_, err = d.wantKeys(t.Context(), time.Now().Add(wantGiveUp+time.Minute))
		must(t, err)
		if n := asked("open"); n != 0 {
			t.Errorf("%d not given up", n)
		}
	})
}

func TestForwardedKeyNotAskedFor(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	person := a.person(t)
	_, key := newKey(t, "!room:example.org")
	d.give(person, event.ToDeviceForwardedRoomKey, forwarded(t, key))
	d.catchUp(person)
	if d.has(key) {
		t.Error("taken though nobody asked")
	}
	// Asked of somebody else.
	w := want{session: key.ID(), room: key.RoomID, sender: "@sender:example.org"}
	must(t, d.ask(t.Context(), w, time.Now()))
	d.give(person, event.ToDeviceForwardedRoomKey, forwarded(t, key))
	d.catchUp(person)
	if d.has(key) {
		t.Error("taken from whom it was not asked of")
	}
	// Asked of them, but it is the key of another device.
	w.sender = person.UserID
	_, err := d.db.DB().Exec(t.Context(), `UPDATE forseti_key_request SET sender = $1`, []byte(w.sender))
	must(t, err)
	d.give(person, event.ToDeviceForwardedRoomKey, forwarded(t, key))
	d.catchUp(person)
	if d.has(key) {
		t.Error("taken though it is not theirs")
	}
	// Their own is taken.
	key.SenderKey, key.SigningKey = person.Machine().OwnIdentity().IdentityKey, person.Machine().OwnIdentity().SigningKey
	d.give(person, event.ToDeviceForwardedRoomKey, forwarded(t, key))
	d.catchUp(person)
	if !d.has(key) {
		t.Error("not taken from its owner, who was asked")
	}
}

func TestOwnDevicesAreAnswered(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	recoveryKey := d.bootstrap()
	d.makeKeys(1)
	_, key := newKey(t, "!room:example.org")
	must(t, d.mach.StoreGroupSession(t.Context(), key))
	d.requesting()
	other := a.rival(t)
	asks(t, other, d, key)
	refused := func() bool {
		withheld, err := other.Machine().CryptoStore.GetWithheldGroupSession(t.Context(), key.RoomID, key.ID())
		must(t, err)
		return withheld != nil && withheld.Code == event.RoomKeyWithheldUnverified
	}
	d.sync(refused)
	must(t, other.Alone(func(mach *crypto.OlmMachine) error { return mach.VerifyWithRecoveryKey(t.Context(), recoveryKey) }))
	_, err := d.mach.FetchKeys(t.Context(), []id.UserID{a.user}, true)
	must(t, err)
	asks(t, other, d, key)
	d.sync(func() bool { return gets(t, other, key) })
}

func TestModeratorsAreAnsweredBySetting(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	moderator := a.person(t)
	_, err := moderator.Identify(t.Context())
	must(t, err)
	room := d.secretRoom(moderator)
	d.sync(func() bool { return d.Encrypted(room) })
	_, key := newKey(t, room)
	must(t, d.mach.StoreGroupSession(t.Context(), key))
	waiting := func() int {
		d.requests.mu.Lock()
		defer d.requests.mu.Unlock()
		return len(d.requests.waiting)
	}
	d.Machine.opts.Moderator = func(user id.UserID) bool { return user == moderator.UserID }
	asks(t, moderator, d, key)
	d.catchUp(moderator)
	if waiting() != 0 {
		t.Error("answered without the setting")
	}
	d.Machine.opts.ShareKeys = true
	stranger := a.person(t)
	asks(t, stranger, d, key)
	d.catchUp(stranger)
	if waiting() != 0 {
		t.Error("a stranger is answered")
	}
	// A moderator whom nobody here verified gets nothing.
	asks(t, moderator, d, key)
	d.catchUp(moderator)
	if waiting() != 1 {
		t.Fatalf("%d requests wait", waiting())
	}
	d.requesting()
	eventually(t, "a refusal", func() bool {
		withheld, err := moderator.Machine().CryptoStore.GetWithheldGroupSession(t.Context(), room, key.ID())
		must(t, err)
		return withheld != nil
	})
	theirs, err := d.mach.GetCrossSigningPublicKeys(t.Context(), moderator.UserID)
	must(t, err)
	must(t, d.mach.SignUser(t.Context(), moderator.UserID, theirs.MasterKey))
	_, err = d.mach.FetchKeys(t.Context(), []id.UserID{moderator.UserID}, true)
	must(t, err)
	asks(t, moderator, d, key)
	d.sync(func() bool { return gets(t, moderator, key) })
	// Of a room that they are not in they get none.
	_, elsewhere := newKey(t, "!elsewhere:example.org")
	device, err := d.keys.FindDeviceByKey(t.Context(), moderator.UserID, moderator.Machine().OwnIdentity().IdentityKey)
	must(t, err)
	if d.allowKeyShare(t.Context(), device, event.RequestedKeyInfo{RoomID: elsewhere.RoomID}) == nil {
		t.Error("the key of another room is given out")
	}
}

// Requests beyond the bound are dropped, repeated ones count once, and cancelled
// ones are not answered.
func TestFloodOfRequests(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	wish := func(n int, action string) {
		raw := fmt.Sprintf(`{"action": %q, "request_id": "r%d", "requesting_device_id": "X", "body": {"session_id": "s"}}`, action, n)
		d.takeKeyRequest(t.Context(), &event.Event{Sender: a.user, Content: event.Content{VeryRaw: []byte(raw)}})
	}
	for n := range 10_000 {
		wish(n%150, "request")
	}
	if n := len(d.requests.waiting); n != maxRequests {
		t.Errorf("%d requests wait", n)
	}
	wish(7, "request_cancellation")
	wish(7000, "request_cancellation")
	if n := len(d.requests.waiting); n != maxRequests-1 {
		t.Errorf("%d requests wait after one was cancelled", n)
	}
}

func TestWithheldIsShown(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	person := a.person(t)
	room := d.secretRoom(person)
	d.sync(func() bool { return d.Encrypted(room) })
	// The person's client gives keys to verified devices alone.
	person.Machine().SendKeysMinTrust = id.TrustStateVerified
	evt := say(t, person, room, "not for you")
	d.sync(func() bool { n, _ := d.Unread(t.Context()); return n[room] > 0 })
	var err error
	d.sync(func() bool {
		parked, readErr := d.parking.waiting(t.Context(), nil, true)
		must(t, readErr)
		_, err = d.Decrypt(t.Context(), parked[0])
		_, ok := errors.AsType[*WithheldError](err)
		return ok && parked[0].ID == evt
	})
	if text := err.Error(); !strings.Contains(text, "verified") || strings.Contains(text, "m.") {
		t.Errorf("said %q", text)
	}
	words, err := d.Withheld(t.Context())
	must(t, err)
	if words[room][(&WithheldError{string(event.RoomKeyWithheldUnverified)}).Words()] != 1 {
		t.Errorf("shown: %v", words)
	}
	// Who withholds the key is not asked for it.
	_, err = d.wantKeys(t.Context(), time.Now().Add(time.Minute))
	must(t, err)
	open, err := d.readWants(t.Context(), `SELECT session_id, sender, room_id, request_id FROM forseti_key_request WHERE open`)
	must(t, err)
	if len(open) > 0 {
		t.Error("asked for what is withheld")
	}
}

// Anybody can say that a key is kept from us, about anybody's key, and often.
func TestHostileWithheld(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		d := a.device(t, url)
		const room = "!room:example.org"
		d.encrypted[room] = true
		_, key := newKey(t, room)
		park := func(sender id.UserID) {
			must(t, d.Park(t.Context(), &event.Event{
				ID: id.EventID("$" + sender), RoomID: room, Sender: sender, Type: event.EventEncrypted,
				Content: event.Content{VeryRaw: []byte("{}"), Raw: map[string]any{"session_id": string(key.ID())}},
			}, time.Now()))
		}
		withhold := func(sender id.UserID, session, code string) {
			raw := fmt.Sprintf(`{"room_id": %q, "session_id": %q, "algorithm": "m.megolm.v1.aes-sha2", "sender_key": "\\u0000", "code": %q, "reason": "\\u0000 obey me"}`, room, session, code)
			d.takeWithheld(t.Context(), &event.Event{Sender: sender, Content: event.Content{VeryRaw: []byte(raw)}})
		}
		words := func() map[string]int {
			all, err := d.Withheld(t.Context())
			must(t, err)
			return all[room]
		}
		park("@person:example.org")
		withhold("@villain:example.org", string(key.ID()), "m.blacklisted")
		for range 3 * maxWithheld {
			_, other := newKey(t, room)
			withhold("@villain:example.org", string(other.ID()), "m.blacklisted")
		}
		if len(d.withheld) > maxWithheld || len(words()) != 0 {
			t.Errorf("%d remembered, shown %v", len(d.withheld), words())
		}
		withhold("@person:example.org", string(key.ID()), "obey me")
		if got := words(); len(got) != 1 || got["for a reason that is not known here"] != 1 {
			t.Errorf("shown %v", got)
		}
		// Said before the message comes, it is of use when that comes.
		_, key = newKey(t, room)
		withhold("@early:example.org", string(key.ID()), "m.unavailable")
		park("@early:example.org")
		if got := words(); len(got) != 2 {
			t.Errorf("shown %v", got)
		}
	})
}

// Other devices of the account, which are verified, may ask for its identity and for
// nothing else that is kept beside it.
func TestOwnSecretsAreNotGiven(t *testing.T) {
	for name, may := range map[id.Secret]bool{
		id.SecretXSMaster: true, id.SecretXSSelfSigning: true, id.SecretXSUserSigning: true, id.SecretMegolmBackupV1: true,
		secretStorageKey: false, secretUnfinished: false, historyPrefix + "!room:example.org": false, "": false, "anything": false,
	} {
		if mayBeAskedFor(name) != may {
			t.Errorf("%q is given: %t", name, !may)
		}
	}
}
