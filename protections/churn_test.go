package protections

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

func member(by, of id.UserID, m event.Membership) kittest.Step {
	return func(b *kittest.Bench) []kit.Finding { return b.Member(by, of, m) }
}

func TestChurn(t *testing.T) {
	three := map[string]string{"moves": "3", "profiles": "3"}
	named := func(n int) kittest.Step {
		return func(b *kittest.Bench) (found []kit.Finding) {
			for i := range n {
				found = append(found, b.State(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": fmt.Sprint(i)})...)
			}
			return found
		}
	}
	same := kittest.Sets(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": "same"})
	kittest.Run(t, churn(), []kittest.Case{{
		Name: "in and out",
		Set:  three,
		In:   []kittest.Step{kittest.Times(3, kittest.Joins(user), kittest.Wait(time.Minute), kittest.Leaves(user))},
		Want: []string{"nuisance @u:hs $state8:", "nuisance @u:hs $state9:", "nuisance @u:hs $state10:"},
	}, {
		Name: "knocks and takes it back",
		Set:  three,
		In:   []kittest.Step{kittest.Times(2, member(user, user, event.MembershipKnock), member(user, user, event.MembershipLeave))},
		Want: []string{"nuisance @u:hs $state8:"},
	}, {
		Name: "invites somebody and withdraws it",
		Set:  three,
		In:   []kittest.Step{kittest.Times(2, member(user, "@v:hs", event.MembershipInvite), member(user, "@v:hs", event.MembershipLeave))},
		Want: []string{"nuisance @u:hs $state8:"},
	}, {
		Name: "invites many, one after another",
		Set:  three,
		In:   []kittest.Step{each(20, func(u id.UserID) kittest.Step { return member(user, u, event.MembershipInvite) })},
	}, {
		Name: "names at speed",
		Set:  three,
		In:   []kittest.Step{kittest.Joins(user), named(5)},
		Want: []string{"nuisance @u:hs $state9: $state6 $state7 $state8 $state9", "nuisance @u:hs $state10: $state10"},
	}, {
		Name: "changes that change nothing",
		Set:  three,
		In:   []kittest.Step{kittest.Joins(user), kittest.Times(4, same)},
		Want: []string{"nuisance @u:hs $state9: $state6 $state7 $state8 $state9"},
	}, {
		Name: "what others do is not held against a user",
		Set:  three,
		In: []kittest.Step{kittest.Times(2, member(user, user, event.MembershipJoin), member(kittest.Owner, user, event.MembershipLeave)),
			kittest.Times(5, member("@v:hs", user, event.MembershipInvite), kittest.Wait(11*time.Minute), member(user, user, event.MembershipJoin), kittest.Wait(11*time.Minute), member(kittest.Owner, user, event.MembershipLeave))},
	}, {
		Name: "slowly",
		Set:  three,
		In:   []kittest.Step{kittest.Times(20, kittest.Joins(user), kittest.Wait(11*time.Minute), kittest.Leaves(user), kittest.Wait(11*time.Minute))},
	}, {
		Name: "a bad connection",
		In:   []kittest.Step{kittest.Times(5, kittest.Joins(user), kittest.Wait(time.Minute), kittest.Leaves(user))},
	}, {
		Name: "a regular",
		Set:  three,
		In:   []kittest.Step{kittest.Regular(user), kittest.Times(9, kittest.Joins(user), kittest.Leaves(user))},
	}})
}

func TestPardonForChurn(t *testing.T) {
	for name, step := range map[string][2]kittest.Step{
		"in and out": {kittest.Joins(user), kittest.Leaves(user)},
		"invites":    {member(user, "@v:hs", event.MembershipInvite), member(user, "@v:hs", event.MembershipLeave)},
	} {
		b := kittest.New(t, churn(), map[string]string{"moves": "4", "consequence": "ban"})
		var found []kit.Finding
		for range 3 {
			found = append(found, step[0](b)...)
			found = append(found, step[1](b)...)
		}
		if len(found) != 2 {
			t.Fatalf("%s: found %v", name, found)
		}
		b.End(b.Seek(found[0]), action.Done)
		b.Member(kittest.Moderator, user, event.MembershipLeave)
		found = append(step[0](b), step[1](b)...)
		if found != nil {
			t.Errorf("%s: after a pardon: %v", name, found)
		}
	}
}
