package jssdk

import (
	"context"

	"maunium.net/go/mautrix/id"
)

// Phase is how far a verification is.
type Phase string

// The phases.
const (
	Unsent    Phase = "Unsent"
	Requested Phase = "Requested"
	Ready     Phase = "Ready"
	Started   Phase = "Started"
	Cancelled Phase = "Cancelled"
	Done      Phase = "Done"
)

// Verification is what the client knows of one at one moment.
type Verification struct {
	Transaction id.VerificationTransactionID `json:"transaction"`
	Phase       Phase                        `json:"phase"`
	User        id.UserID                    `json:"user"`   // the other side
	Device      id.DeviceID                  `json:"device"` // of the other side, if known
	Room        id.RoomID                    `json:"room"`   // empty for to-device
	Ours        bool                         `json:"ours"`   // we asked
	Method      string                       `json:"method"`
	Emoji       []string                     `json:"emoji"` // to compare, once there
	Decimals    []uint                       `json:"decimals"`
	Scanned     bool                         `json:"scanned"` // the other side scanned our QR code; confirm it
	CancelledBy id.UserID                    `json:"cancelledBy"`
	Code        string                       `json:"code"` // of the cancellation
}

// Verifications are the turns of all verifications so far.
func (c *Client) Verifications() []Verification { return c.verifications.list() }

// AwaitVerification returns the first turn of a verification, past or to come,
// that is wanted.
func (c *Client) AwaitVerification(ctx context.Context, wanted func(Verification) bool) (Verification, error) {
	return c.verifications.await(ctx, c.p.ended, wanted)
}

// AwaitRequest returns a user's first request to verify.
func (c *Client) AwaitRequest(ctx context.Context, user id.UserID) (Verification, error) {
	return c.AwaitVerification(ctx, func(v Verification) bool {
		return v.User == user && !v.Ours && v.Phase == Requested
	})
}

// AwaitEmoji returns a verification when there are emoji to compare.
func (c *Client) AwaitEmoji(ctx context.Context, txn id.VerificationTransactionID) (Verification, error) {
	return c.AwaitVerification(ctx, func(v Verification) bool { return v.Transaction == txn && len(v.Emoji) > 0 })
}

// AwaitEnd returns a verification when it is done or cancelled.
func (c *Client) AwaitEnd(ctx context.Context, txn id.VerificationTransactionID) (Verification, error) {
	return c.AwaitPhase(ctx, txn, Done, Cancelled)
}

// AwaitPhase returns a verification when it is in one of the phases.
func (c *Client) AwaitPhase(ctx context.Context, txn id.VerificationTransactionID, phases ...Phase) (Verification, error) {
	return c.AwaitVerification(ctx, func(v Verification) bool {
		for _, phase := range phases {
			if v.Transaction == txn && v.Phase == phase {
				return true
			}
		}
		return false
	})
}

// VerifyOwn asks the user's other devices to verify this one.
func (c *Client) VerifyOwn(ctx context.Context) (id.VerificationTransactionID, error) {
	return c.verify(ctx, arguments{"user": c.User})
}

// VerifyDevice asks one device, to-device.
func (c *Client) VerifyDevice(ctx context.Context, user id.UserID, device id.DeviceID) (id.VerificationTransactionID, error) {
	return c.verify(ctx, arguments{"user": user, "device": device})
}

// VerifyInRoom asks a user by a message in a room that both are in.
func (c *Client) VerifyInRoom(ctx context.Context, user id.UserID, room id.RoomID) (id.VerificationTransactionID, error) {
	return c.verify(ctx, arguments{"user": user, "room": room})
}

func (c *Client) verify(ctx context.Context, args arguments) (id.VerificationTransactionID, error) {
	var made struct {
		Transaction id.VerificationTransactionID `json:"transaction"`
	}
	err := c.do(ctx, "verify", args, &made)
	return made.Transaction, err
}

// Accept says yes to a request.
func (c *Client) Accept(ctx context.Context, txn id.VerificationTransactionID) error {
	return c.do(ctx, "accept", arguments{"transaction": txn}, nil)
}

// StartSAS chooses emoji as the method.
func (c *Client) StartSAS(ctx context.Context, txn id.VerificationTransactionID) error {
	return c.do(ctx, "startSAS", arguments{"transaction": txn}, nil)
}

// Confirm says that the emoji match, or that the other side scanned our QR code.
func (c *Client) Confirm(ctx context.Context, txn id.VerificationTransactionID) error {
	return c.do(ctx, "confirm", arguments{"transaction": txn}, nil)
}

// Mismatch says that the emoji differ.
func (c *Client) Mismatch(ctx context.Context, txn id.VerificationTransactionID) error {
	return c.do(ctx, "mismatch", arguments{"transaction": txn}, nil)
}

// Cancel ends a verification.
func (c *Client) Cancel(ctx context.Context, txn id.VerificationTransactionID) error {
	return c.do(ctx, "cancel", arguments{"transaction": txn}, nil)
}

// ShowQR gives what this client's QR code says.
func (c *Client) ShowQR(ctx context.Context, txn id.VerificationTransactionID) ([]byte, error) {
	var shown struct {
		QR []byte `json:"qr"`
	}
	err := c.do(ctx, "showQR", arguments{"transaction": txn}, &shown)
	return shown.QR, err
}

// ScanQR takes what the other side's QR code says.
func (c *Client) ScanQR(ctx context.Context, txn id.VerificationTransactionID, qr []byte) error {
	return c.do(ctx, "scanQR", arguments{"transaction": txn, "qr": qr}, nil)
}
