package e2ee

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/crypto"
)

const (
	// MaxKeyFile bounds a file of keys, in bytes. A key takes half a kilobyte.
	MaxKeyFile = 256 << 20
	// maxRounds bounds the work that a file can ask of us.
	maxRounds = 10_000_000

	keyFileHead = "-----BEGIN MEGOLM SESSION DATA-----"
	keyFileTail = "-----END MEGOLM SESSION DATA-----"
	// byteOrderMark is what some editors put before a text.
	byteOrderMark = "\ufeff"
)

var (
	// ErrNoKeyFile is a file that holds no keys in the format that clients export.
	ErrNoKeyFile = errors.New("this is no file of exported keys, or it is damaged")
	// ErrWrongPassphrase is a passphrase that does not open a file of keys.
	ErrWrongPassphrase = errors.New("wrong passphrase for this file of keys, or the file is damaged")
	// ErrNoKeys is that there is nothing to export.
	ErrNoKeys = errors.New("there are no keys to export")
)

// ExportKeys writes all keys of rooms into a file of the format that clients
// import, encrypted with a passphrase.
//
// https://spec.matrix.org/v1.16/client-server-api/#key-exports
func (m *Machine) ExportKeys(ctx context.Context, passphrase string) ([]byte, error) {
	if passphrase == "" {
		return nil, errors.New("keys are exported with a passphrase, and none was given")
	}
	file, err := crypto.ExportKeysIter(passphrase, m.keys.GetAllGroupSessions(ctx))
	if errors.Is(err, crypto.ErrNoSessionsForExport) {
		return nil, ErrNoKeys
	}
	if err != nil {
		return nil, fmt.Errorf("export keys: %w", err)
	}
	return file, nil
}

// ImportKeys takes in a file of keys, and tells how many of how many it could use.
// Its errors are ErrNoKeyFile, ErrWrongPassphrase, or of the database.
func (m *Machine) ImportKeys(ctx context.Context, passphrase string, file []byte) (used, of int, err error) {
	if file, err = keyFile(file); err != nil {
		return 0, 0, err
	}
	err = m.safely(func() (err error) {
		used, of, err = m.mach.ImportKeys(ctx, passphrase, file)
		return err
	})
	switch {
	case errors.Is(err, crypto.ErrMismatchingExportHash):
		return 0, 0, ErrWrongPassphrase
	case err != nil && ctx.Err() == nil:
		return used, of, fmt.Errorf("%w: %w", ErrNoKeyFile, err)
	default:
		return used, of, err
	}
}

// keyFile checks a file before the library reads it, which panics if it is too
// short, computes for as long as the file says, refuses base64 without padding and
// wants exactly one line break at the end. The file is given back as the library
// wants it. Checks in its decodeKeyExport would make this superfluous.
func keyFile(file []byte) ([]byte, error) {
	if len(file) > MaxKeyFile {
		return nil, fmt.Errorf("%w: it has %d MB", ErrNoKeyFile, len(file)>>20)
	}
	file = bytes.TrimSpace(bytes.TrimPrefix(file, []byte(byteOrderMark)))
	body, ok := bytes.CutPrefix(file, []byte(keyFileHead))
	if ok {
		body, ok = bytes.CutSuffix(body, []byte(keyFileTail))
	}
	if !ok {
		return nil, ErrNoKeyFile
	}
	raw, err := unpadded.Decode(string(body))
	// Version, salt, initialization vector, rounds, and the hash at the end.
	if err != nil || len(raw) < 1+16+16+4+32 {
		return nil, ErrNoKeyFile
	}
	if rounds := binary.BigEndian.Uint32(raw[33:37]); rounds < 1 || rounds > maxRounds {
		return nil, fmt.Errorf("%w: it asks for %d rounds of work", ErrNoKeyFile, rounds)
	}
	return []byte(keyFileHead + "\n" + base64.StdEncoding.EncodeToString(raw) + "\n" + keyFileTail + "\n"), nil
}
