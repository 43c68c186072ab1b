package e2ee

import (
	"errors"
	"fmt"
)

// Loss is a way in which the keys in the database are of no use.
type Loss string

// The losses.
const (
	WrongKey       Loss = "wrong key"       // the database was encrypted with another key
	KeysLost       Loss = "keys lost"       // the homeserver knows keys of this device that we do not have
	DeviceGone     Loss = "device gone"     // the homeserver no longer has our device's keys
	DeviceReplaced Loss = "device replaced" // the homeserver has other keys for our device
)

// LostError says that the device cannot be used as it is. Nothing was changed.
type LostError struct {
	What Loss
	Err  error // may be nil
}

func (e *LostError) Unwrap() error { return e.Err }

// Error says what happened and what helps, for whoever runs the bot.
func (e *LostError) Error() string {
	switch e.What {
	case WrongKey:
		return "encryption: the keys in the database were encrypted with another key than encryption.key. Set the one that was used before. If it is lost, so are the keys in the database: run forseti restore --drop-keys, which makes a new device and gets them back from the backup with the recovery key"
	case KeysLost:
		return "encryption: this login has published keys that are not in the database, as after the database was lost or an older one was put back. Run forseti restore, which logs in as a new device and gets the keys back from the backup"
	case DeviceGone:
		return "encryption: the homeserver no longer has the keys of this device: somebody logged it out or deleted it. Run forseti restore, which logs in as a new device"
	case DeviceReplaced:
		return "encryption: the homeserver has other keys for this device than the bot. Somebody else uses the same login, or the homeserver lies. Find out which; then run forseti restore, which logs in as a new device"
	default:
		return fmt.Sprintf("encryption: %s", e.What)
	}
}

// ErrNoKey is a message whose key we do not have (yet).
var ErrNoKey = errors.New("the key has not come")

// ErrNotReadable is an encrypted event that no key will make readable: broken, a
// replay, or of a kind that must not be encrypted.
var ErrNotReadable = errors.New("not readable with any key")
