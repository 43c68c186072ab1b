// Package images tells whether two files show the same picture: by what they are, byte for byte, and by what is to be seen. It
// is pure, and downloads nothing.
package images

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"

	"forseti/pdq"
)

// Sum is the SHA-256 hash of a file.
type Sum [sha256.Size]byte

// String is the hash in hexadecimal digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// ParseSum reads what String writes.
func ParseSum(written string) (s Sum, err error) {
	raw, err := hex.DecodeString(written)
	if err != nil || len(raw) != len(s) {
		return Sum{}, fmt.Errorf("a SHA-256 hash has %d hexadecimal digits", hex.EncodedLen(len(s)))
	}
	return Sum(raw), nil
}

// MarshalText is String.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSum.
func (s *Sum) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSum(string(text))
	return err
}

// Print is what a file is known again by.
type Print struct {
	Sum Sum
	// Seen are the hashes of what it shows, in all positions, as it is first, and Quality how much they say; 0 if it was not
	// looked at.
	Seen    [8]pdq.Hash
	Quality int
	// Unread is why it was not looked at, in words of ours for a sentence: "it …"; "" if it was.
	Unread string
}

// Telling reports whether what the picture shows says enough to know it again by.
func (p Print) Telling() bool { return p.Quality >= pdq.Quality }

// Of is the print of a file, of which every byte is taken for a stranger's. What cannot be read, or would take too much to
// read, is known by its bytes alone.
func Of(file []byte) Print {
	p := Print{Sum: sha256.Sum256(file)}
	if err := p.look(file); err != nil {
		p.Seen, p.Quality, p.Unread = [8]pdq.Hash{}, 0, err.Error()
	}
	return p
}

var errBroken = errors.New("is broken")

// look reads what is to be seen. A decoder that panics does so on this file alone.
func (p *Print) look(file []byte) (err error) {
	defer func() {
		if recover() != nil {
			debug.FreeOSMemory() // it may have held much
			err = errBroken
		}
	}()
	img, err := decode(file)
	if err != nil {
		return err
	}
	p.Seen, p.Quality = pdq.All(img)
	return nil
}
