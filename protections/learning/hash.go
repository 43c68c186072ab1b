package learning

import (
	"encoding/binary"
	"math/bits"
)

// secret is what tokens are hashed with, so that nobody reads words from what is stored, or
// prepares some whose hashes are the same.
type secret struct{ a, b uint64 }

// SecretSize is how many bytes a secret has.
const SecretSize = 16

func newSecret(raw []byte) secret {
	var full [SecretSize]byte
	copy(full[:], raw)
	return secret{binary.LittleEndian.Uint64(full[:8]), binary.LittleEndian.Uint64(full[8:])}
}

// sum is SipHash-1-3 of a token of a kind.
//
// https://www.aumasson.jp/siphash/siphash.pdf
func (s secret) sum(kind byte, token string) uint64 {
	v0, v1, v2, v3 := s.a^0x736f6d6570736575, s.b^0x646f72616e646f6d, s.a^0x6c7967656e657261, s.b^0x7465646279746573
	round := func() {
		v0 += v1
		v1 = bits.RotateLeft64(v1, 13) ^ v0
		v0 = bits.RotateLeft64(v0, 32)
		v2 += v3
		v3 = bits.RotateLeft64(v3, 16) ^ v2
		v0 += v3
		v3 = bits.RotateLeft64(v3, 21) ^ v0
		v2 += v1
		v1 = bits.RotateLeft64(v1, 17) ^ v2
		v2 = bits.RotateLeft64(v2, 32)
	}
	take := func(m uint64) {
		v3 ^= m
		round()
		v0 ^= m
	}
	left := token
	for ; len(left) >= 8; left = left[8:] {
		take(binary.LittleEndian.Uint64([]byte(left[:8])))
	}
	var last [8]byte
	copy(last[:], left)
	last[7] = byte(len(token))
	take(binary.LittleEndian.Uint64(last[:]))
	take(uint64(kind))
	v2 ^= 0xff
	round()
	round()
	round()
	return v0 ^ v1 ^ v2 ^ v3
}
