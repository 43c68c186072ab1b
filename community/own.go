package community

import (
	"context"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/account"
	"forseti/matrix"
	"forseti/text"
)

// Account is the bot's own account as its homeserver shows it. All of it is slow.
type Account interface {
	// Device is the login that we are.
	Device() id.DeviceID
	// Devices are all logins of the account.
	Devices(ctx context.Context) ([]matrix.Device, error)
}

const (
	accountNamespace = "account"
	accountKnown     = "known"
)

func (c *Community) loadAccount(ctx context.Context) error {
	if err := c.eachSetting(ctx, directNamespace, func(room, _ string) { c.direct[id.RoomID(room)] = time.Time{} }); err != nil {
		return err
	}
	_, err := c.store.Settings.Read(ctx, accountNamespace, accountKnown, &c.account.Known)
	return err
}

// followAccount looks at the account whenever something about it changed.
func (c *Community) followAccount() {
	if c.opts.Secrets == nil {
		return
	}
	c.loop.Later("follow what becomes of my account", func(ctx context.Context) {
		for {
			select {
			case <-c.opts.Secrets.OwnNews():
				c.loop.Post(c.lookAtAccount)
			case <-ctx.Done():
				return
			}
		}
	}, nil)
}

// lookAtAccount asks who is logged in as us. It is done with every full look too: a
// login without encryption changes nothing that sync would bring.
func (c *Community) lookAtAccount() {
	if !c.live {
		return
	}
	c.loop.Later("look at who is logged in as me", func(ctx context.Context) {
		devices, err := c.home.Devices(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Warn().Err(err).Msg("Logins of the account not read")
		}
		c.loop.Post(func() { c.tellAccount(devices) })
	}, nil)
}

// tellAccount tells what is news about the account. It counts as told once it was said.
func (c *Community) tellAccount(devices []matrix.Device) {
	if c.opts.Secrets != nil {
		own := c.opts.Secrets.Own()
		c.sayAccount(c.account.Identity(account.Identity{Ours: own.Identity, Replaced: own.Replaced}))
	}
	if len(devices) > 0 { // there is always ourselves
		var logins []account.Login
		for _, d := range devices {
			logins = append(logins, account.Login{ID: d.ID, Name: d.Name, Seen: d.Seen})
		}
		c.sayAccount(c.account.Logins(logins, c.home.Device()), false)
	}
}

func (c *Community) sayAccount(text string, clear bool) {
	known, changed := c.account.News()
	keep := func() {
		if changed {
			c.keepAccount(known)
		}
	}
	if text == "" {
		keep()
		return
	}
	c.log.Warn().Str("said", text).Msg("News of the account of the bot")
	c.speaker.speakUp(action.Message{Markdown: text, Clear: clear || c.account.Replaced()}, func(id.EventID) { keep() })
}

// keepAccount stores what was told at once: the next batch may come after a restart, and
// an alarm that is given twice is doubted twice.
func (c *Community) keepAccount(known account.Known) {
	c.loop.Later("store what is known of my account", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := c.store.Settings.Set(ctx, accountNamespace, accountKnown, known); err != nil {
			c.log.Err(err).Msg("What is known of the account was not stored")
		}
	}, nil)
}

// strangers tells of messages in our name that we did not send.
func (c *Community) strangers(found []*event.Event, at time.Time) {
	for _, evt := range found {
		where := text.Code(string(evt.RoomID))
		if _, ours := c.rolesOf(evt.RoomID); ours {
			where = c.names.Room(evt.RoomID)
		}
		c.sayAccount(c.account.Stranger(where, at), false)
	}
}
