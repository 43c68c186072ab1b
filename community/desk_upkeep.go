package community

import (
	"context"
	"errors"
	"fmt"
	"time"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/protections"
	"forseti/text"
)

// Protections lists all protections and how they are set.
func (k *desk) Protections() (infos []commands.ProtectionInfo) {
	k.see(func() { infos = k.c.protectors.infos() })
	return infos
}

// Enable switches a protection on or off.
func (k *desk) Enable(_ context.Context, name string, on bool) error {
	kind, ok := protections.Find(name)
	if !ok {
		return fmt.Errorf("there is no protection %s. `!forseti protections` lists them", text.Code(name))
	}
	err := errors.New("the bot is stopping")
	k.see(func() {
		s := k.c.protectors.stand[kind.Name]
		if s.Enabled == on {
			err = fmt.Errorf("%s is %s already", kind.Name, pick(on, "on", "off"))
			return
		}
		k.c.protectors.change(kind, s.WithEnabled("", on))
		err = nil
	})
	return err
}

// Configure changes one setting of a protection.
func (k *desk) Configure(_ context.Context, name, setting, value string) (old string, err error) {
	kind, ok := protections.Find(name)
	if !ok {
		return "", fmt.Errorf("there is no protection %s. `!forseti protections` lists them", text.Code(name))
	}
	err = errors.New("the bot is stopping")
	k.see(func() {
		s := k.c.protectors.stand[kind.Name]
		for _, before := range kind.Settings(s, "") {
			if before.Name == setting {
				old = before.Value
			}
		}
		var values map[string]string
		if values, err = kind.Set(s.Own(""), setting, value); err == nil {
			k.c.protectors.change(kind, s.WithValues("", values))
		}
	})
	return old, err
}

// Status says how the bot is doing.
func (k *desk) Status() (s commands.Status) {
	unread, backup := k.unread(), k.backup()
	k.see(func() {
		c := k.c
		s = commands.Status{
			Version: c.opts.Version, Up: time.Since(c.started), DryRun: c.dry,
			Rooms: len(c.wards), Lists: len(c.lists), Rules: c.world.Rules.Len(), Members: c.present(),
			Waiting: c.queue.Len() + len(c.aclsWanted(time.Now())), Problems: c.report.Problems(), Waits: c.report.Waiting(time.Now()), Questions: len(c.approvals.board.Open()),
			LastLook: c.lastLook, Enabled: c.protectors.enabled(), Unread: unread,
			Encrypts: c.opts.Secrets != nil, Encrypted: c.management.Encrypted(), Backup: backup,
			Account: c.account.Others(),
		}
	})
	return s
}

// present counts the users in protected rooms.
func (c *Community) present() int { return c.world.Subjects().Len() }

// Look reads everything anew and waits for it.
func (k *desk) Look(ctx context.Context) (rooms, found int, err error) {
	type outcome struct {
		rooms, found int
		err          error
	}
	done := make(chan outcome, 1)
	k.see(func() {
		before := k.c.queue.Len()
		k.c.lookAtAll(func(rooms int, err error) {
			done <- outcome{rooms, max(k.c.queue.Len()-before, 0) + len(k.c.aclsWanted(time.Now())), err}
		})
	})
	select {
	case o := <-done:
		if o.err != nil {
			return o.rooms, o.found, errors.New("not all rooms could be read; `!forseti status` says which")
		}
		return o.rooms, o.found, nil
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
}

// aclsWanted are the debounced ACLs that would change something.
func (c *Community) aclsWanted(now time.Time) (keys []enforce.Key) {
	for room := range c.acls.rooms {
		key := enforce.Key{Lane: action.ACLLane, Room: room}
		if c.world.Plan(key, now).Wanted() {
			keys = append(keys, key)
		}
	}
	return keys
}

// SetDryRun stops all writing, or lets it go on. What would have been done in a
// dry run is then found again, and done.
func (k *desk) SetDryRun(ctx context.Context, on bool) error {
	if err := k.c.store.SetSetting(ctx, modeNamespace, "dry_run", on); err != nil {
		return errors.New("the setting cannot be stored; see the log")
	}
	k.see(func() {
		k.c.report.Following(k.order.Event, time.Now())
		defer k.c.report.Following("", time.Now())
		k.c.setDryRun(on)
		k.c.enqueue(k.c.world.Keys(), time.Now())
	})
	return nil
}

// setDryRun chooses the one door that all actions go through.
func (c *Community) setDryRun(on bool) {
	c.dry, c.door = on, c.home
	c.report.Dry(on)
	clear(c.dryDone)
	if on {
		c.door = enforce.DryRun{Actor: c.home}
	}
}

// modeNamespace holds what moderators set about the whole bot.
const modeNamespace = "mode"
