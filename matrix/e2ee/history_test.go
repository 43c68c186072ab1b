package e2ee

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"forseti/internal/cryptoclient"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// sharedBy uploads keys of a room, as a client does for whom it invites.
func sharedBy(t *testing.T, who *cryptoclient.Client, room id.RoomID, keys ...*crypto.InboundGroupSession) *event.RoomKeyBundleEventContent {
	t.Helper()
	bundle := crypto.RoomKeyBundle{RoomKeys: []*crypto.ExportedSession{nil, {}}} // what is broken costs only itself
	for _, key := range keys {
		exported, err := key.Internal.Export(0)
		must(t, err)
		bundle.RoomKeys = append(bundle.RoomKeys, &crypto.ExportedSession{
			Algorithm: id.AlgorithmMegolmV1, RoomID: key.RoomID, SenderKey: key.SenderKey, SessionID: key.ID(), SessionKey: string(exported),
			SenderClaimedKeys: crypto.SenderClaimedKeys{Ed25519: key.SigningKey},
		})
	}
	raw, err := json.Marshal(bundle)
	must(t, err)
	return upload(t, who, room, raw)
}

func upload(t *testing.T, who *cryptoclient.Client, room id.RoomID, raw []byte) *event.RoomKeyBundleEventContent {
	t.Helper()
	file := attachment.NewEncryptedFile()
	file.EncryptInPlace(raw)
	at, err := who.UploadBytes(t.Context(), raw, "application/octet-stream")
	must(t, err)
	return &event.RoomKeyBundleEventContent{RoomID: room, File: event.EncryptedFileInfo{EncryptedFile: *file, URL: at.ContentURI.CUString()}}
}

func (d *device) histories() int {
	d.t.Helper()
	found, err := d.Machine.histories(d.t.Context())
	must(d.t, err)
	return len(found)
}

// A moderator who invites the bot shares what was said before it came.
func TestHistoryOfAModerator(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		moderator, stranger := a.person(t), a.person(t)
		for _, who := range []*cryptoclient.Client{moderator, stranger} {
			_, err := who.Identify(t.Context())
			must(t, err)
		}
		d := a.device(t, url)
		isModerator := func(user id.UserID) bool { return user == moderator.UserID }
		d.Machine.opts.Moderator = isModerator
		made, err := moderator.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{
			Preset:       "public_chat",
			InitialState: []*event.Event{{Type: event.StateEncryption, Content: event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}},
		})
		must(t, err)
		room := made.RoomID
		_, key := newKey(t, room)
		_, other := newKey(t, "!other:example.org")
		_, bad := newKey(t, room)

		d.give(stranger, event.ToDeviceRoomKeyBundle, sharedBy(t, stranger, room, bad))
		d.catchUp(stranger)
		if d.histories() != 0 {
			t.Error("a stranger's history is kept")
		}
		d.give(moderator, event.ToDeviceRoomKeyBundle, sharedBy(t, moderator, room, key, other))
		d.catchUp(moderator)
		if d.histories() != 1 {
			t.Fatalf("%d histories wait", d.histories())
		}
		// It outlives a restart, and is not read before we come through them.
		d.reopen()
		d.Machine.opts.Moderator = isModerator
		read := func() {
			_, err := d.readHistories(t.Context(), time.Now())
			must(t, err)
		}
		read()
		if d.has(key) {
			t.Error("read before we joined")
		}
		_, err = moderator.InviteUser(t.Context(), room, &mautrix.ReqInviteUser{UserID: a.user})
		must(t, err)
		d.sync(func() bool {
			var n int
			must(t, d.Machine.db.QueryRow(t.Context(), `SELECT COUNT(*) FROM forseti_invite WHERE room_id = $1`, []byte(room)).Scan(&n))
			return n == 1
		})
		_, err = d.client.JoinRoomByID(t.Context(), room)
		must(t, err)
		d.sync(func() bool { return d.membershipOf(t.Context(), room, a.user) == event.MembershipJoin })
		read()
		if got := d.stored(key); got == nil || got.KeySource != id.KeySourceForward {
			t.Errorf("not read: %+v", got)
		}
		if d.has(other) || d.has(bad) || d.histories() != 0 {
			t.Error("more than that was read, or it was kept")
		}
	})
}

// A bundle is as long as whoever made it likes, and holds what they like.
func TestHostileHistory(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	moderator := a.person(t)
	d := a.device(t, sqlite(t))
	for name, raw := range map[string]string{
		"no JSON":     "hello",
		"a list":      "[]",
		"wrong types": `{"room_keys": 7}`,
		"too deep":    strings.Repeat("[", 100_000),
	} {
		if _, err := d.download(t.Context(), upload(t, moderator, "!room:example.org", []byte(raw))); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	changed := upload(t, moderator, "!room:example.org", []byte("{}"))
	changed.File.Hashes.SHA256 = "AAAA"
	odd := upload(t, moderator, "!room:example.org", []byte("{}"))
	odd.File.URL = "https://example.org/"
	for _, content := range []*event.RoomKeyBundleEventContent{changed, odd} {
		if _, err := d.download(t.Context(), content); err == nil {
			t.Error("read what is not what was shared")
		}
	}
}
