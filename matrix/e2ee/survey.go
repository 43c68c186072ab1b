package e2ee

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/signatures"
	"maunium.net/go/mautrix/id"
)

// Survey is what the homeserver says of an account's encryption, and so what other
// clients go by.
type Survey struct {
	Device   bool // this device has published keys
	Identity bool // the account has cross-signing keys
	Signed   bool // this device, by them
	// Backup is the version of the backup of keys, "" if there is none; Keys is how
	// many are in it.
	Backup id.KeyBackupVersion
	Keys   int
}

// SurveyOf asks for a survey of the client's account and device. It needs no keys, and
// changes nothing.
func SurveyOf(ctx context.Context, client *mautrix.Client) (Survey, error) {
	me, device := client.UserID, client.DeviceID
	resp, err := client.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: mautrix.DeviceKeysRequest{me: {}}})
	if err != nil {
		return Survey{}, fmt.Errorf("encryption: ask for our own identity: %w", err)
	}
	var s Survey
	master, self := resp.MasterKeys[me], resp.SelfSigningKeys[me]
	s.Identity = master.FirstKey() != ""
	ours, ok := resp.DeviceKeys[me][device]
	s.Device = ok && ours.Keys.GetEd25519(device) != ""
	if signer := self.FirstKey(); s.Device && signer != "" {
		s.Signed, _ = signatures.VerifySignatureJSON(ours, me, signer.String(), signer)
	}
	latest, err := latestBackup(ctx, client)
	if latest != nil {
		s.Backup, s.Keys = latest.Version, latest.Count
	}
	return s, err
}
