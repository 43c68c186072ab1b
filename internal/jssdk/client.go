package jssdk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Login says as whom to log in. Each Start is a new device, whose keys are gone
// with it.
type Login struct {
	Homeserver string
	User       id.UserID
	Password   string
	// OnlySigned is the behaviour of MSC4153: devices that their owner has not
	// signed get no keys, and what they say is not shown.
	OnlySigned bool
}

// Client is a logged-in device that syncs until Close. Its methods may be called
// from any goroutine, and wait no longer than their context.
type Client struct {
	User        id.UserID
	Device      id.DeviceID
	Fingerprint string // signing key of the device

	p             *process
	number        int64 // of this client in the process
	messages      *news[Message]
	verifications *news[Verification]
}

// Message is an event of a timeline as the client would show it. One that is read
// only later comes once unread and once read.
type Message struct {
	Room    id.RoomID      `json:"room"`
	Event   id.EventID     `json:"event"`
	Sender  id.UserID      `json:"sender"`
	Type    string         `json:"type"`
	Content map[string]any `json:"content"`
	// Encrypted says that it came so.
	Encrypted bool `json:"encrypted"`
	// Failure is why it could not be read, empty if it could.
	Failure string `json:"failure"`
	// Shield is NONE, GREY or RED for encrypted messages, as Element shows it, and
	// Reason says why it is not NONE.
	Shield string `json:"shield"`
	Reason string `json:"reason"`
}

// Body is the text of a message, empty if it has none.
func (m Message) Body() string {
	body, _ := m.Content["body"].(string)
	return body
}

// Start logs in and returns after the first sync.
func Start(ctx context.Context, i *Installation, login Login) (*Client, error) {
	c := &Client{User: login.User, messages: newNews[Message](), verifications: newNews[Verification]()}
	var err error
	if c.p, err = i.running(); err != nil {
		return nil, err
	}
	c.number = c.p.add(func(l line) {
		switch {
		case l.Message != nil:
			c.messages.add(*l.Message)
		case l.Verification != nil:
			c.verifications.add(*l.Verification)
		}
	})
	var made struct {
		Device      id.DeviceID `json:"device"`
		Fingerprint string      `json:"fingerprint"`
	}
	err = c.do(ctx, "start", arguments{
		"homeserver": login.Homeserver, "user": login.User, "password": login.Password, "onlySigned": login.OnlySigned,
	}, &made)
	if err != nil {
		c.Close()
		return nil, err
	}
	c.Device, c.Fingerprint = made.Device, made.Fingerprint
	return c, nil
}

// Close ends the client, without logging it out.
func (c *Client) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_ = c.do(ctx, "end", nil, nil) // it may be over already
	c.p.drop(c.number)
}

// do has the client carry out a command, and decodes its result into result, which may
// be nil.
func (c *Client) do(ctx context.Context, command string, args arguments, result any) error {
	return c.p.do(ctx, c.number, command, args, result)
}

// CreateRoom makes a private room, encrypted unless clear is set.
func (c *Client) CreateRoom(ctx context.Context, clear bool, invite ...id.UserID) (id.RoomID, error) {
	var made struct {
		Room id.RoomID `json:"room"`
	}
	err := c.do(ctx, "createRoom", arguments{"clear": clear, "invite": append([]id.UserID{}, invite...)}, &made)
	return made.Room, err
}

// Join enters a room and waits until it is known.
func (c *Client) Join(ctx context.Context, room id.RoomID) error {
	return c.do(ctx, "join", arguments{"room": room}, nil)
}

// Invite invites a user to a room, and gives them the keys of what was said before
// as far as the room's history is for them (MSC4268).
func (c *Client) Invite(ctx context.Context, room id.RoomID, user id.UserID) error {
	return c.do(ctx, "invite", arguments{"room": room, "user": user}, nil)
}

// AwaitMember waits until the client knows that a user is in a room, and so
// encrypts for them.
func (c *Client) AwaitMember(ctx context.Context, room id.RoomID, user id.UserID) error {
	return c.AwaitMembership(ctx, room, user, event.MembershipJoin)
}

// AwaitMembership waits until the client knows what a user is to a room.
func (c *Client) AwaitMembership(ctx context.Context, room id.RoomID, user id.UserID, is event.Membership) error {
	return c.do(ctx, "awaitMembership", arguments{"room": room, "user": user, "membership": is}, nil)
}

// SetPower sets a user's power level in a room.
func (c *Client) SetPower(ctx context.Context, room id.RoomID, user id.UserID, level int) error {
	return c.do(ctx, "setPower", arguments{"room": room, "user": user, "level": level}, nil)
}

// Send posts an event, encrypted if its room is.
func (c *Client) Send(ctx context.Context, room id.RoomID, kind event.Type, content any) (id.EventID, error) {
	var sent struct {
		Event id.EventID `json:"event"`
	}
	err := c.do(ctx, "send", arguments{"room": room, "type": kind.Type, "content": content}, &sent)
	return sent.Event, err
}

// SendText posts a text message, encrypted if its room is.
func (c *Client) SendText(ctx context.Context, room id.RoomID, text string) (id.EventID, error) {
	return c.Send(ctx, room, event.EventMessage, map[string]any{"msgtype": event.MsgText, "body": text})
}

// React posts a reaction to an event. It is never encrypted.
func (c *Client) React(ctx context.Context, room id.RoomID, to id.EventID, key string) (id.EventID, error) {
	return c.Send(ctx, room, event.EventReaction, map[string]any{
		"m.relates_to": map[string]any{"rel_type": event.RelAnnotation, "event_id": to, "key": key},
	})
}

// Messages are all that came so far.
func (c *Client) Messages() []Message { return c.messages.list() }

// AwaitMessage returns the first message, past or to come, that is wanted.
func (c *Client) AwaitMessage(ctx context.Context, wanted func(Message) bool) (Message, error) {
	return c.messages.await(ctx, c.p.ended, wanted)
}

// AwaitText returns the message of a user with this text, which came encrypted.
func (c *Client) AwaitText(ctx context.Context, sender id.UserID, text string) (Message, error) {
	m, err := c.AwaitMessage(ctx, func(m Message) bool { return m.Sender == sender && m.Body() == text })
	if err == nil && !m.Encrypted {
		err = fmt.Errorf("%q came in clear", text)
	}
	return m, err
}

// Device is one of a user's devices as the client sees it.
type Device struct {
	ID       id.DeviceID `json:"device"`
	Signed   bool        `json:"signed"`   // by its owner's identity
	Verified bool        `json:"verified"` // signed by an identity that was verified
}

// Devices asks the homeserver for a user's devices. Verified says whether the
// client takes the user's identity for theirs.
func (c *Client) Devices(ctx context.Context, user id.UserID) (devices []Device, verified bool, err error) {
	var got struct {
		Verified bool     `json:"verified"`
		Devices  []Device `json:"devices"`
	}
	err = c.do(ctx, "devices", arguments{"user": user}, &got)
	return got.Devices, got.Verified, err
}

// AwaitVerified waits until one of a user's devices is verified to the client,
// which it may say it is done with before it has signed anything. The device may be
// so new that the client has yet to hear of it.
func (c *Client) AwaitVerified(ctx context.Context, user id.UserID, device id.DeviceID) (Device, error) {
	for {
		d, err := c.DeviceOf(ctx, user, device)
		if err == nil && d.Verified || err != nil && !errors.Is(err, errNoDevice) {
			return d, err
		}
		if err := pause(ctx); err != nil {
			return d, fmt.Errorf("waiting for %s of %s to be verified: %w; it is %+v", device, user, err, d)
		}
	}
}

// pause is between two questions about the same thing.
func pause(ctx context.Context) error {
	timer := time.NewTimer(200 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errNoDevice = errors.New("js-sdk does not know device")

// DeviceOf is one device of a user.
func (c *Client) DeviceOf(ctx context.Context, user id.UserID, device id.DeviceID) (Device, error) {
	devices, _, err := c.Devices(ctx, user)
	if err != nil {
		return Device{}, err
	}
	for _, d := range devices {
		if d.ID == device {
			return d, nil
		}
	}
	return Device{}, fmt.Errorf("%w %s of %s", errNoDevice, device, user)
}
