package jssdk

import (
	"context"
	"sync"
	"testing"

	"forseti/matrix/e2ee"
)

// backsUp runs the bot's backup until the test ends.
func (b *bot) backsUp() {
	ctx, stop := context.WithCancel(context.WithoutCancel(b.s.ctx))
	var work sync.WaitGroup
	work.Go(func() { _ = b.machine.RunBackup(ctx) })
	b.s.Cleanup(func() { stop(); work.Wait() })
}

// Another client that is logged in as the bot reads old messages by the backup that
// the bot made, with what its owner wrote down or remembers, and is trusted then.
func TestBackupOfForsetiRestored(t *testing.T) {
	s := newSetting(t)
	login := s.login("forseti")
	b, alice := s.botOf(login), s.person("alice")
	b.backsUp()
	room := b.meet(alice)
	try(alice.SendText(s.ctx, room, "from the person")).or(t)
	b.await(alice.User, "from the person")
	b.say(room, "from the bot")
	try(alice.AwaitText(s.ctx, login.User, "from the bot")).or(t)

	for name, recover := range map[string]func(*Client) (Restored, error){
		"key":        func(c *Client) (Restored, error) { return c.RecoverWithKey(s.ctx, b.recoveryKey) },
		"passphrase": func(c *Client) (Restored, error) { return c.RecoverWithPassphrase(s.ctx, passphrase) },
	} {
		t.Run(name, func(t *testing.T) {
			c := ForTest(t, login)
			try(c.AwaitBackup(s.ctx, 2)).or(t)
			if got := try(recover(c)).or(t); got.Imported != 2 || got.Total != 2 {
				t.Errorf("restored %+v", got)
			}
			try(c.AwaitText(s.ctx, alice.User, "from the person")).or(t)
			try(c.AwaitText(s.ctx, login.User, "from the bot")).or(t)
			if backup := try(c.Backup(s.ctx)).or(t); !backup.Trusted || !backup.Matches || !backup.Active {
				t.Errorf("js-sdk thinks of the backup: %+v", backup)
			}
			for _, device := range try(b.machine.Devices(s.ctx, login.User)).or(t) {
				if device.ID == c.Device && device.Standing != e2ee.StandsVerified {
					t.Errorf("to the bot its account's other client is %s", device.Standing)
				}
			}
		})
	}
}

// The other way round: an account whose identity and backup a person's client made
// becomes the bot's.
func TestForsetiRestoresBackup(t *testing.T) {
	s := newSetting(t)
	login := s.login("forseti")
	before, alice := ForTest(t, login), s.person("alice")
	recoveryKey := try(before.Identify(s.ctx, passphrase)).or(t)
	room := try(alice.CreateRoom(s.ctx, false, login.User)).or(t)
	s.must(before.Join(s.ctx, room))
	s.must(alice.AwaitMember(s.ctx, room, login.User))
	try(alice.SendText(s.ctx, room, "from the person")).or(t)
	try(before.AwaitText(s.ctx, alice.User, "from the person")).or(t)
	try(before.AwaitBackup(s.ctx, 1)).or(t)

	for name, secret := range map[string]string{"key": recoveryKey, "passphrase": passphrase} {
		t.Run(name, func(t *testing.T) {
			b := s.device(login)
			if state := try(b.machine.Identity(s.ctx)).or(t); state != e2ee.IdentityLocked {
				t.Errorf("the identity is %s", state)
			}
			if err := b.machine.Unlock(s.ctx, "a wrong passphrase"); err == nil {
				t.Error("a wrong passphrase opens it")
			}
			s.must(b.machine.Unlock(s.ctx, secret))
			if got := try(b.machine.Restore(s.ctx, nil)).or(t); got.Keys != 1 || got.Broken != 0 {
				t.Errorf("restored %+v", got)
			}
			b.run()
			b.await(alice.User, "from the person")
			d := try(before.DeviceOf(s.ctx, login.User, b.session.Device())).or(t)
			if !d.Signed || !d.Verified {
				t.Errorf("js-sdk sees the bot's device as %+v", d)
			}
		})
	}
}
