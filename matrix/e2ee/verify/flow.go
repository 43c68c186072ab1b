package verify

import (
	"io"
	"reflect"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// step is how far a verification has come.
type step int

const (
	asked     step = iota // we asked, and none of their devices has answered
	invited               // they asked, and their keys are being looked up
	agreed                // both are willing
	started               // we sent a start, and wait for it to be accepted
	accepted              // their ephemeral key is to come
	comparing             // people compare
	scanned               // our code was scanned, people look
	vouching              // the outcome is being signed
)

// flow is one verification. Messages whose time has passed are left alone, as they
// may be replays and change nothing; those whose time has not come end it.
type flow struct {
	id     ID
	us     Self
	byUs   bool          // we asked
	sentTo []id.DeviceID // who of theirs got our request
	peer

	step     step
	begun    time.Time
	deadline time.Time
	random   io.Reader
	start    map[string]any // the start message that counts

	comparison
	secret []byte // of the code that we show

	over bool
	out  []Effect
}

// peer is the other side, once one of their devices is in it.
type peer struct {
	device  id.DeviceID
	methods []string // what they can do
	keys    *Keys    // nil until looked up
}

func (f *flow) do(e Effect) { f.out = append(f.out, e) }

// send addresses a message and gives its content as it was sent.
func (f *flow) send(kind string, content map[string]any) map[string]any {
	to := []id.DeviceID{f.device}
	if f.device == "" {
		to = f.sentTo
	}
	return f.sendTo(to, kind, content)
}

func (f *flow) sendTo(devices []id.DeviceID, kind string, content map[string]any) map[string]any {
	if f.id.Room == "" {
		content["transaction_id"] = f.id.Txn
	} else {
		devices = nil
		content["m.relates_to"] = map[string]any{"rel_type": string(event.RelReference), "event_id": f.id.Txn}
	}
	f.do(Send{ID: f.id, To: f.id.User, Devices: devices, Room: f.id.Room, Type: typePrefix + kind, Content: content})
	return content
}

// fail ends it and tells both sides.
func (f *flow) fail(code event.VerificationCancelCode, reason string) {
	f.send(cancel, map[string]any{"code": string(code), "reason": reason})
	f.end(Cancelled{ID: f.id, Code: code, Reason: reason})
}

func (f *flow) end(n Notice) {
	f.over = true
	f.do(n)
}

func (f *flow) unexpected(m Message) {
	f.fail(event.VerificationCancelCodeUnexpectedMessage, m.Kind+" came out of turn")
}

func (f *flow) invalid(m Message) {
	f.fail(event.VerificationCancelCodeInvalidMessage, m.Kind+" is not as it should be")
}

func (f *flow) take(m Message) {
	switch m.Kind {
	case ready:
		f.takeReady(m)
	case start:
		f.takeStart(m)
	case accept:
		f.takeAccept(m)
	case key:
		f.takeKey(m)
	case mac:
		f.takeMAC(m)
	case done:
		// How it ends for us does not depend on their word. It may overtake their MAC:
		// matrix-js-sdk sends both at once if ours comes while somebody confirms there.
		if f.step < comparing {
			f.unexpected(m)
		}
	case cancel:
		f.cancelled(m)
	}
}

// unanswered ends what nobody took up, on their devices too: they may be asked anew.
func (f *flow) unanswered() {
	f.send(cancel, map[string]any{"code": string(event.VerificationCancelCodeTimeout), "reason": "not answered in time"})
	f.end(Unanswered{f.id})
}

// cannot reports whether a client that got our request says that it does not know what
// to do with it, which is no person's word.
func (f *flow) cannot(code string) bool {
	if f.step != asked || f.id.Room != "" {
		return false
	}
	switch event.VerificationCancelCode(code) {
	case event.VerificationCancelCodeUnknownMethod, event.VerificationCancelCodeUnknownTransaction,
		event.VerificationCancelCodeUnexpectedMessage, event.VerificationCancelCodeInvalidMessage:
		return true
	default:
		return false
	}
}

func (f *flow) cancelled(m Message) {
	if f.cannot(text(m.Content, "code")) {
		// Others of their devices may know more. If this was the only one, the person is
		// better asked elsewhere than kept waiting.
		if len(f.sentTo) == 1 {
			f.unanswered()
		}
		return
	}
	if f.device == "" && len(f.sentTo) > 1 {
		// One of their devices said no, and the others need not go on asking.
		f.send(cancel, map[string]any{"code": string(event.VerificationCancelCodeUser), "reason": "declined on another device"})
	}
	f.end(Cancelled{ID: f.id, Code: event.VerificationCancelCode(text(m.Content, "code")), Reason: text(m.Content, "reason"), ByThem: true})
}

func (f *flow) takeReady(m Message) {
	device := id.DeviceID(text(m.Content, "from_device"))
	switch {
	case !f.byUs:
		f.unexpected(m)
		return
	case f.step != asked:
		return
	case !f.may(device), f.id.Room == "" && !slices.Contains(f.sentTo, device):
		f.invalid(m)
		return
	}
	f.device, f.methods, f.step, f.deadline = device, texts(m.Content, "methods"), agreed, f.begun.Add(Lasts)
	others := slices.DeleteFunc(slices.Clone(f.sentTo), func(d id.DeviceID) bool { return d == device })
	if len(others) > 0 {
		f.sendTo(others, cancel, map[string]any{"code": string(event.VerificationCancelCodeAccepted), "reason": "answered on another device"})
	}
	f.do(Lookup{ID: f.id, Device: device})
}

// may tells whether a device can be the other side.
func (f *flow) may(device id.DeviceID) bool {
	return device != "" && (f.id.User != f.us.User || device != f.us.Device)
}

// takeKeys goes on once their keys are known: only then do we know whether a code
// can be shown.
func (f *flow) takeKeys(keys Keys) {
	if f.keys != nil || f.device == "" {
		return
	}
	if keys.Device == "" {
		f.fail(event.VerificationCancelCodeKeyMismatch, "the device has no keys")
		return
	}
	if string(keys.Master) == string(f.device) {
		// Device and identity would have one key ID, and one could pass for the other.
		keys.Master = ""
	}
	f.keys = &keys
	if f.step > agreed {
		f.progress()
		return
	}
	code := f.code()
	emoji := slices.Contains(f.methods, sas)
	if code == nil && !emoji {
		f.fail(event.VerificationCancelCodeUnknownMethod, "one of the two clients can neither compare emoji nor scan a code")
		return
	}
	if f.step == invited {
		f.step = agreed
		f.send(ready, map[string]any{"from_device": string(f.us.Device), "methods": methods(emoji, code != nil)})
	}
	f.do(Ready{ID: f.id, Device: f.device, ByThem: !f.byUs, Emoji: emoji})
	switch {
	case code != nil:
		f.do(ShowQR{ID: f.id, Data: code})
	case f.byUs:
		// There is no choice to wait for, and some clients that were asked wait for us.
		f.startSAS()
	}
}

// takeStart is of either method; if both sides start at once, the lesser counts.
func (f *flow) takeStart(m Message) {
	method := text(m.Content, "method")
	switch {
	case f.step > started && reflect.DeepEqual(m.Content, f.start):
		return
	case f.step != agreed && f.step != started:
		f.unexpected(m)
		return
	case id.DeviceID(text(m.Content, "from_device")) != f.device:
		f.invalid(m)
		return
	case f.step == started && method != sas:
		f.unexpected(m)
		return
	case f.step == started && !f.theirsCounts():
		return
	}
	switch method {
	case sas:
		f.acceptSAS(m)
	case reciprocate:
		f.takeScan(m)
	default:
		f.fail(event.VerificationCancelCodeUnknownMethod, "the client that began chose a way to verify that was not agreed on")
	}
}

func (f *flow) theirsCounts() bool {
	if f.id.User != f.us.User {
		return f.id.User < f.us.User
	}
	return f.device < f.us.Device
}

// confirm is the word of somebody who looked.
func (f *flow) confirm() error {
	switch {
	case f.step == comparing && !f.confirmed:
		f.confirmed = true
		f.sendMAC()
		f.progress()
		return nil
	case f.step == scanned:
		f.step = vouching
		f.do(f.scanProves())
		return nil
	default:
		return ErrNotNow
	}
}

func (f *flow) mismatch() error {
	switch f.step {
	case comparing:
		f.fail(event.VerificationCancelCodeSASMismatch, "what was shown differs")
	case scanned:
		f.fail(event.VerificationCancelCodeKeyMismatch, "the code was not scanned by the one who should have")
	default:
		return ErrNotNow
	}
	return nil
}

func (f *flow) vouched(ok bool) {
	switch {
	case f.step != vouching:
	case !ok:
		f.fail(event.VerificationCancelCodeUser, "the outcome could not be signed")
	default:
		f.send(done, map[string]any{})
		f.end(Done{ID: f.id, Device: f.device})
	}
}
