package community

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/account"
	"forseti/community/loop"
	"forseti/matrix"
	"forseti/store"
	"forseti/text"
)

// Account is the bot's own account as its homeserver shows it. All of it is slow.
type Account interface {
	// Device is the login that we are.
	Device() id.DeviceID
	// Devices are all logins of the account.
	Devices(ctx context.Context) ([]matrix.Device, error)
	// EndsLogins reports whether others of them can be ended.
	EndsLogins() bool
}

const (
	accountNamespace = "account"
	accountKnown     = "known"
)

// logins is what we see of the bot's own account.
type logins struct {
	home    Account
	secrets Secrets // nil without encryption
	loop    *loop.Loop
	log     zerolog.Logger
	store   *store.Settings
	speaker *speaker
	names   names
	role    func(id.RoomID) bool // whether a room plays any part
	live    func() bool
	account account.Watch
}

func (c *Community) loadAccount(ctx context.Context) error {
	if err := eachSetting(ctx, c.opts.Store.Settings, directNamespace, func(room, _ string) { c.hearing.direct.chats[id.RoomID(room)] = time.Time{} }); err != nil {
		return err
	}
	told, err := c.opts.Store.Settings.All(ctx, toldNamespace)
	if err != nil {
		return err
	}
	c.hearing.direct.appeals.load(told)
	_, err = c.opts.Store.Settings.Read(ctx, accountNamespace, accountKnown, &c.hearing.logins.account.Known)
	return err
}

// followAccount looks at the account whenever something about it changed.
func (l *logins) follow() {
	if l.secrets == nil {
		return
	}
	l.loop.Later("follow what becomes of my account", func(ctx context.Context) {
		for {
			select {
			case <-l.secrets.OwnNews():
				l.loop.Post(l.look)
			case <-ctx.Done():
				return
			}
		}
	}, nil)
}

// lookAtAccount asks who is logged in as us. It is done with every full look too: a
// login without encryption changes nothing that sync would bring.
func (l *logins) look() {
	if !l.live() {
		return
	}
	l.loop.Later("look at who is logged in as me", func(ctx context.Context) {
		devices, err := l.home.Devices(ctx)
		if err != nil && ctx.Err() == nil {
			l.log.Warn().Err(err).Msg("Logins of the account not read")
		}
		l.loop.Post(func() { l.tellAccount(devices) })
	}, nil)
}

// tellAccount tells what is news about the account. It counts as told once it was said.
func (l *logins) tellAccount(devices []matrix.Device) {
	if l.secrets != nil {
		own := l.secrets.Own()
		l.sayAccount(l.account.Identity(account.Identity{Ours: own.Identity, Replaced: own.Replaced}))
	}
	if len(devices) > 0 { // there is always ourselves
		var all []account.Login
		for _, d := range devices {
			all = append(all, account.Login{ID: d.ID, Name: d.Name, Seen: d.Seen})
		}
		l.sayAccount(l.account.Logins(all, l.home.Device()), false)
	}
}

// others are the logins of the account besides ours.
func (l *logins) others(ctx context.Context) (all []commands.Device, err error) {
	devices, err := l.home.Devices(ctx)
	for _, d := range devices {
		if d.ID != l.home.Device() {
			all = append(all, commands.Device{ID: d.ID, Name: d.Name})
		}
	}
	return all, err
}

// ended takes in what was done.
func (l *logins) ended(e action.Ending) {
	if e.Action.Verb == action.EndLogin {
		l.account.Ended(e.Action.Device)
		l.sayAccount("", false)
	}
}

func (l *logins) sayAccount(text string, clear bool) {
	known, changed := l.account.News()
	keep := func() {
		if changed {
			l.keepAccount(known)
		}
	}
	if text == "" {
		keep()
		return
	}
	l.log.Warn().Str("said", text).Msg("News of the account of the bot")
	l.speaker.speakUp(action.Message{Markdown: text, Clear: clear || l.account.Replaced()}, func(id.EventID) { keep() })
}

// keepAccount stores what was told at once: the next batch may come after a restart, and
// an alarm that is given twice is doubted twice.
func (l *logins) keepAccount(known account.Known) {
	l.loop.Later("store what is known of my account", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if err := l.store.Set(ctx, accountNamespace, accountKnown, known); err != nil {
			l.log.Err(err).Msg("What is known of the account was not stored")
		}
	}, nil)
}

// strangers tells of messages in our name that we did not send.
func (l *logins) strangers(found []*event.Event, at time.Time) {
	for _, evt := range found {
		where := text.Code(string(evt.RoomID))
		if l.role(evt.RoomID) {
			where = l.names.Room(evt.RoomID)
		}
		l.sayAccount(l.account.Stranger(where, at), false)
	}
}
