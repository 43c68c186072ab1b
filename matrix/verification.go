package matrix

import (
	"context"

	"forseti/matrix/e2ee"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Verify runs the verifications of this device until ctx ends; Encrypt gave the
// machine whose Verifier they belong to.
func (s *Session) Verify(ctx context.Context) {
	s.crypto.Verifier().Run(ctx, s.sendVerification)
}

func (s *Session) sendVerification(ctx context.Context, txn string, room id.RoomID, kind event.Type, content map[string]any) (id.EventID, error) {
	post := s.post
	if s.sendTo == e2ee.Verified {
		// Nobody could read it who is not verified yet. In clear it is as safe: what is
		// verified does not rest on who reads along.
		post = s.postClear
	}
	resp, err := post(ctx, txn, room, kind, content)
	if err != nil {
		return "", wrap(err, "verify in "+string(room))
	}
	return resp.EventID, nil
}

// offerToVerifier shows the verifier what was said, encrypted or in clear.
func (s *Session) offerToVerifier(b *Batch) {
	verifier := s.crypto.Verifier()
	for _, room := range b.Rooms {
		if room.Membership != event.MembershipJoin {
			continue
		}
		for _, evt := range room.Timeline {
			verifier.Take(evt)
		}
	}
	for _, evt := range b.Late {
		verifier.Take(evt)
	}
}
