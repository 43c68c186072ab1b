package e2ee

import (
	"fmt"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Trust is how much must be known of a device.
type Trust string

// The levels, from none to most.
const (
	Any         Trust = "any"          // every device
	CrossSigned Trust = "cross-signed" // its owner vouches for it, and has been the same since we first saw them
	Verified    Trust = "verified"     // and somebody here compared keys with the owner
)

// ParseTrust reads a level.
func ParseTrust(s string) (Trust, error) {
	switch t := Trust(s); t {
	case Any, CrossSigned, Verified:
		return t, nil
	default:
		return "", fmt.Errorf("%q is no level of trust: write any, cross-signed or verified", s)
	}
}

func (t Trust) least() id.TrustState {
	switch t {
	case Verified:
		return id.TrustStateCrossSignedVerified
	case CrossSigned:
		return id.TrustStateCrossSignedTOFU
	default:
		return id.TrustStateUnset
	}
}

// Doubt is why an event cannot be taken for its sender's word.
type Doubt string

// The doubts.
const (
	NoDoubt     Doubt = ""
	Clear       Doubt = "clear"        // it was not encrypted
	Forwarded   Doubt = "forwarded"    // its key came by way of somebody else
	Unsigned    Doubt = "unsigned"     // the device is not cross-signed
	NewIdentity Doubt = "new identity" // the sender's identity is not the one we first saw
	Unverified  Doubt = "unverified"   // nobody here verified the sender
	Blocked     Doubt = "blocked"      // a moderator blocked the device
	Replaced    Doubt = "replaced"     // our own identity was replaced, so that nobody can tell whom they command
	Unknown     Doubt = "unknown"      // the device is not known, or not the one it claims to be
)

// Doubts judges a decrypted event of an encrypted room.
func (t Trust) Doubts(evt *event.Event) Doubt {
	info := evt.Mautrix
	switch {
	case info.WasEncrypted && info.TrustState == id.TrustStateBlacklisted:
		return Blocked
	case t == Any:
		return NoDoubt
	case !info.WasEncrypted:
		return Clear
	case info.ForwardedKeys, info.TrustState == id.TrustStateForwarded, info.TrustState == id.TrustStateBackup:
		return Forwarded
	case info.TrustState >= t.least():
		return NoDoubt
	case info.TrustState == id.TrustStateUnknownDevice, info.TrustState == id.TrustStateDeviceKeyMismatch:
		return Unknown
	case info.TrustState == id.TrustStateCrossSignedUntrusted:
		return NewIdentity
	case info.TrustState >= id.TrustStateCrossSignedTOFU:
		return Unverified
	default:
		return Unsigned
	}
}
