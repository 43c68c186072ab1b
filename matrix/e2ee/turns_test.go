package e2ee

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/event"
)

// Who reads our own devices anew is alone, and nobody waits longer than they may.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		var wg sync.WaitGroup
		reading, alone := 0, false
		var mu sync.Mutex
		step := func(f func()) { mu.Lock(); defer mu.Unlock(); f() }
		for range 20 {
			wg.Go(func() {
				_ = turns.take(t.Context(), 1, func() error {
					step(func() {
						reading++
						if alone {
							t.Error("somebody is beside who should be alone")
						}
					})
					time.Sleep(time.Second)
					step(func() { reading-- })
					return nil
				})
			})
			wg.Go(func() {
				_ = turns.take(t.Context(), allTurns, func() error {
					step(func() {
						if alone = true; reading > 0 {
							t.Error("who should be alone is not")
						}
					})
					time.Sleep(time.Second)
					step(func() { alone = false })
					return nil
				})
			})
		}
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := turns.take(short, 1, func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who may not wait got %v", err)
		}
		wg.Wait()
		if err := turns.take(t.Context(), allTurns, func() error { return context.Canceled }); !errors.Is(err, context.Canceled) {
			t.Errorf("an error became %v", err)
		}
	})
}

// While our own devices are read anew, all else that asks who we are goes on. The race
// detector is what looks here.
func TestOwnDevicesAreReadBesideAllElse(t *testing.T) {
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if _, err := d.fetch(t.Context(), d.client.UserID); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				if _, err := d.Devices(t.Context(), d.client.UserID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A device is stored before what its owner's identity says of it. Who is given a key in between would be refused it, as
// one whom nobody vouches for; and nobody waits for each other for good.
func TestNoKeyIsGivenWhileDevicesAreStored(t *testing.T) {
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	room := d.secretRoom(a.person(t))
	d.sync(func() bool { return d.Encrypted(room) })
	must(t, d.whose.free.Acquire(t.Context(), allTurns)) // as who stores devices does
	given, read := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := d.Encrypt(t.Context(), room, event.EventMessage, map[string]any{"body": "hello"})
		given <- err
	}()
	go func() {
		_, err := d.fetch(t.Context(), d.client.UserID)
		read <- err
	}()
	select {
	case err := <-given:
		t.Errorf("the key was given meanwhile: %v", err)
		given <- err
	case <-time.After(300 * time.Millisecond):
	}
	d.whose.free.Release(allTurns)
	must(t, <-given)
	must(t, <-read)
}
