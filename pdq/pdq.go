// Package pdq computes the PDQ hash of a picture: 256 bits that stay nearly the same when it is scaled, compressed anew or
// slightly changed. It is pure, and knows no files.
//
// It follows the published description, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm".
package pdq

import (
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"math/bits"
)

// Hash is 256 bits, the one of the lowest frequency in the lowest bit of the first word.
type Hash [4]uint64

const (
	// Distance is up to how many bits two hashes of one picture differ, as those who made it recommend. Hashes of pictures
	// that have nothing to do with each other differ in 128, give or take.
	Distance = 31
	// Quality is from where on a hash says something. A picture of one colour has about none.
	Quality = 50
)

// smallest is how wide and high a picture is that is hashed at all.
const smallest = 5

// Of is the hash of a picture, and how much there is to see in it, from 0 to 100.
func Of(img image.Image) (h Hash, quality int) {
	w, quality := wavesOf(img)
	return w.hash(), quality
}

// All are the hashes of a picture and of what it is turned and mirrored, in all eight ways; as it is first.
func All(img image.Image) (all [8]Hash, quality int) {
	w, quality := wavesOf(img)
	return w.all(), quality
}

func wavesOf(img image.Image) (waves, int) {
	if b := img.Bounds(); b.Dx() < smallest || b.Dy() < smallest {
		return waves{}, 0
	}
	small := brightness(img).small()
	return small.waves(), small.quality()
}

// To is in how many bits two hashes differ.
func (h Hash) To(other Hash) (n int) {
	for i := range h {
		n += bits.OnesCount64(h[i] ^ other[i])
	}
	return n
}

// String is the hash as it is published: 64 hexadecimal digits, the highest frequency first.
func (h Hash) String() string { return fmt.Sprintf("%016x%016x%016x%016x", h[3], h[2], h[1], h[0]) }

var errHash = errors.New("a PDQ hash has 64 hexadecimal digits")

// Parse reads what String writes.
func Parse(s string) (h Hash, err error) {
	var all [32]byte
	if len(s) != hex.EncodedLen(len(all)) {
		return Hash{}, errHash
	}
	if _, err := hex.Decode(all[:], []byte(s)); err != nil {
		return Hash{}, errHash
	}
	for i, b := range all {
		h[3-i/8] = h[3-i/8]<<8 | uint64(b)
	}
	return h, nil
}

// MarshalText is String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is Parse.
func (h *Hash) UnmarshalText(text []byte) (err error) {
	*h, err = Parse(string(text))
	return err
}
