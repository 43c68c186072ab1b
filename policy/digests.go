package policy

import (
	"crypto/sha256"
	"hash/maphash"

	"maunium.net/go/mautrix/id"
)

// digests is what is kept of the SHA-256 of users in view, from the first hashed rule on: most communities never see one.
type digests struct {
	keys  []uint64              // by their places in Subjects.all; 0 of whoever was not asked about
	users *bag[uint64, *person] // from the first time on that somebody asks who has a hash
}

// digestOf is the key of a user's SHA-256, as [hashOf] is of a hashed rule's: nobody can prepare hashes that share one.
func digestOf(u id.UserID) uint64 {
	sum := sha256.Sum256([]byte(u))
	return maphash.Bytes(seed, sum[:])
}

// add takes in the last of all.
func (d *digests) add(p *person) {
	if d.keys == nil {
		return
	}
	key := uint64(0)
	if d.users != nil {
		key = digestOf(p.id)
		d.users.add(key, p)
	}
	d.keys = append(d.keys, key)
}

// remove is called while a user has their place still.
func (d *digests) remove(p *person) {
	if d.keys == nil {
		return
	}
	if d.users != nil {
		d.users.remove(d.keys[p.inAll], p)
	}
	d.keys = dropAt(d.keys, p.inAll)
}

// among gives the keys of some of all. SHA-256 is the dearest that a look at everybody has to find out of one, so that each
// is asked for it once.
func (d *digests) among(all []named, from, to int) []uint64 {
	if d.keys == nil {
		d.keys = make([]uint64, len(all))
	}
	keys := d.keys[from:to]
	for i := range keys {
		if keys[i] == 0 {
			keys[i] = digestOf(all[from+i].who.id)
		}
	}
	return keys
}

// user finds who has a hash.
func (d *digests) user(all []named, hash string) (found *person) {
	if d.users == nil {
		d.users = &bag[uint64, *person]{}
		d.users.room(len(all))
		for i, key := range d.among(all, 0, len(all)) {
			d.users.add(key, all[i].who)
		}
	}
	d.users.under(hashOf(hash), func(p *person) {
		if HashOf(string(p.id)) == hash {
			found = p
		}
	})
	return found
}
