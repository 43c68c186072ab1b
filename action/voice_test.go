package action

import "testing"

func TestWrites(t *testing.T) {
	for kind, want := range map[string]bool{
		"m.room.message": true, "m.room.encrypted": true, "m.reaction": true, "m.sticker": true, "m.poll.start": true, "org.matrix.msc3381.poll.start": true,
		"m.call.invite": true, "org.example.custom": true, "m.roomy": true,
		"": false, "m.room.redaction": false, "m.room.name": false, "m.room.power_levels": false, "m.room.member": false, "m.room.encryption": false, "m.space.child": false, "m.policy.rule.user": false,
	} {
		if Writes(kind) != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
}
