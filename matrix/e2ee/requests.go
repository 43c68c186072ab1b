package e2ee

import (
	"context"
	"sync"
	"time"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// maxRequests is how many requests of others wait for an answer. What comes beyond
// is dropped: clients ask again.
const maxRequests = 100

// keyRequest is somebody's wish for the key of a room.
type keyRequest struct {
	from    id.UserID
	content event.RoomKeyRequestEventContent
}

func (r *keyRequest) same(other *keyRequest) bool {
	return r.from == other.from && r.content.RequestingDeviceID == other.content.RequestingDeviceID && r.content.RequestID == other.content.RequestID
}

// requests are those that wait.
type requests struct {
	*base
	rooms *rooms
	news  chan struct{} // holds one token

	mu      sync.Mutex
	waiting []*keyRequest
}

// takeKeyRequest notes the wish of whoever may have one, and of nobody else: to
// look up a stranger's device is work that strangers could make us do. RunRequests
// answers it, so that sync does not wait.
func (m *requests) takeKeyRequest(_ context.Context, evt *event.Event) {
	r := &keyRequest{from: evt.Sender}
	if !m.mayAsk(evt.Sender) || !parse(evt, &r.content) {
		return
	}
	q := m
	q.mu.Lock()
	defer q.mu.Unlock()
	at := -1
	for i, other := range q.waiting {
		if other.same(r) {
			at = i
		}
	}
	switch {
	case r.content.Action == event.KeyRequestActionCancel && at >= 0:
		q.waiting = append(q.waiting[:at], q.waiting[at+1:]...)
	case r.content.Action == event.KeyRequestActionRequest && at < 0 && len(q.waiting) < maxRequests:
		q.waiting = append(q.waiting, r)
		poke(q.news)
	}
}

func (m *requests) mayAsk(user id.UserID) bool {
	return user == m.client.UserID || m.opts.ShareKeys && m.isModerator(user)
}

// answerOne answers the request that waits longest; false if there is none.
func (m *requests) answerOne(ctx context.Context) bool {
	q := m
	q.mu.Lock()
	if len(q.waiting) == 0 {
		q.mu.Unlock()
		return false
	}
	r := q.waiting[0]
	q.waiting = q.waiting[1:]
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(m.log.WithContext(ctx), time.Minute)
	defer cancel()
	err := m.safely(func() error {
		return m.asking(ctx, func() error {
			m.mach.HandleRoomKeyRequest(ctx, r.from, &r.content)
			return nil
		}, r.from)
	})
	if err != nil {
		m.log.Error().Err(err).Stringer("sender", r.from).Msg("Request for a key not handled")
	}
	return true
}

// allowKeyShare decides about one request, for the library and in the turn of it: only verified devices get a key, and
// those of moderators only of rooms that they are in.
func (m *requests) allowKeyShare(ctx context.Context, device *id.Device, key event.RequestedKeyInfo) *crypto.KeyShareRejection {
	trust, err := m.mach.ResolveTrustContext(ctx, device)
	own := device.UserID == m.client.UserID
	switch {
	case err != nil, own && device.DeviceID == m.client.DeviceID:
		return &crypto.KeyShareRejectNoResponse
	case trust == id.TrustStateBlacklisted:
		return &crypto.KeyShareRejectBlacklisted
	case trust < id.TrustStateCrossSignedVerified:
		return &crypto.KeyShareRejectUnverified
	case !own && m.rooms.membershipOf(ctx, key.RoomID, device.UserID) != event.MembershipJoin:
		return &crypto.KeyShareRejectOtherUser
	default:
		return nil
	}
}

// RunRequests asks others for keys that are missing, and answers those who ask us,
// until ctx ends. It must not run twice at a time.
func (m *Machine) RunRequests(ctx context.Context) error {
	tick := time.NewTicker(m.wants.every)
	defer tick.Stop()
	due := true // an earlier run may have left some
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.requests.news:
			for ctx.Err() == nil && m.answerOne(ctx) {
			}
		case <-m.wants.news:
			due = true
		case now := <-tick.C:
			if !due {
				continue
			}
			more, err := m.wantKeys(ctx, now)
			if err != nil && ctx.Err() == nil {
				m.log.Warn().Err(err).Msg("Missing keys not asked for")
			}
			due = more || err != nil
		}
	}
}
