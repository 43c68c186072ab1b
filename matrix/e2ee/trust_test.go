package e2ee_test

import (
	"testing"

	"forseti/matrix/e2ee"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestDoubts: what counts as its sender's word, at each bar.
func TestDoubts(t *testing.T) {
	secret := func(trust id.TrustState) event.MautrixInfo {
		return event.MautrixInfo{WasEncrypted: true, TrustState: trust}
	}
	forwarded := secret(id.TrustStateVerified)
	forwarded.ForwardedKeys = true
	for _, test := range []struct {
		name                       string
		info                       event.MautrixInfo
		any, crossSigned, verified e2ee.Doubt
	}{
		{"clear", event.MautrixInfo{}, e2ee.NoDoubt, e2ee.Clear, e2ee.Clear},
		{"clear, of a verified device", event.MautrixInfo{TrustState: id.TrustStateVerified}, e2ee.NoDoubt, e2ee.Clear, e2ee.Clear},
		{"forwarded", forwarded, e2ee.NoDoubt, e2ee.Forwarded, e2ee.Forwarded},
		{"from a backup", secret(id.TrustStateBackup), e2ee.NoDoubt, e2ee.Forwarded, e2ee.Forwarded},
		{"blocked", secret(id.TrustStateBlacklisted), e2ee.Blocked, e2ee.Blocked, e2ee.Blocked},
		{"of an unknown device", secret(id.TrustStateUnknownDevice), e2ee.NoDoubt, e2ee.Unknown, e2ee.Unknown},
		{"of another device", secret(id.TrustStateDeviceKeyMismatch), e2ee.NoDoubt, e2ee.Unknown, e2ee.Unknown},
		{"unsigned", secret(id.TrustStateUnset), e2ee.NoDoubt, e2ee.Unsigned, e2ee.Unsigned},
		{"of a new identity", secret(id.TrustStateCrossSignedUntrusted), e2ee.NoDoubt, e2ee.NewIdentity, e2ee.NewIdentity},
		{"cross-signed", secret(id.TrustStateCrossSignedTOFU), e2ee.NoDoubt, e2ee.NoDoubt, e2ee.Unverified},
		{"verified", secret(id.TrustStateCrossSignedVerified), e2ee.NoDoubt, e2ee.NoDoubt, e2ee.NoDoubt},
	} {
		evt := &event.Event{Mautrix: test.info}
		if any, crossSigned, verified := e2ee.Any.Doubts(evt), e2ee.CrossSigned.Doubts(evt), e2ee.Verified.Doubts(evt); any != test.any || crossSigned != test.crossSigned || verified != test.verified {
			t.Errorf("%s: %q, %q, %q", test.name, any, crossSigned, verified)
		}
	}
}
