package kittest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction/trust"
	"forseti/text"
)

// Case is a row of a table: events in, findings out.
type Case struct {
	Name string
	Set  map[string]string // settings, as moderators write them
	In   []Step
	// Want are the findings, each as Describe gives it.
	Want []string
}

// Step is something that happens.
type Step func(b *Bench) []kit.Finding

// Says is a message of a user: $1, $2, and so on.
func Says(user id.UserID, body string) Step {
	return func(b *Bench) []kit.Finding { return b.Say(user, body) }
}

// SaysIn is a message of a user in another room.
func SaysIn(room id.RoomID, user id.UserID, body string) Step {
	return func(b *Bench) []kit.Finding {
		evt := b.Message(user, "m.room.message", map[string]any{"msgtype": "m.text", "body": body})
		evt.RoomID = room
		return b.Set.Check(kit.SaidBy(evt, b.Now), b.Other(room))
	}
}

// Sends is any other event without a state key.
func Sends(user id.UserID, kind string, content map[string]any) Step {
	return func(b *Bench) []kit.Finding { return b.Send(b.Message(user, kind, content)) }
}

// Joins is a user who joins.
func Joins(user id.UserID) Step { return func(b *Bench) []kit.Finding { return b.Join(user) } }

// Regular is a user who is trusted.
func Regular(user id.UserID) Step {
	return func(b *Bench) []kit.Finding { b.Regular(user); return nil }
}

// Leaves is a user who leaves.
func Leaves(user id.UserID) Step {
	return func(b *Bench) []kit.Finding { return b.Member(user, user, event.MembershipLeave) }
}

// Sets is a change of state.
func Sets(user id.UserID, kind, key string, content map[string]any) Step {
	return func(b *Bench) []kit.Finding { return b.State(user, kind, key, content) }
}

// Trusts has a user be trusted so far.
func Trusts(user id.UserID, level trust.Level) Step {
	return func(b *Bench) []kit.Finding { b.Trusted(user, level); return nil }
}

// Wait lets time go by.
func Wait(d time.Duration) Step {
	return func(b *Bench) []kit.Finding { b.Pass(d); return nil }
}

// Ticks gives the next tick that the protection asked for.
func Ticks() Step { return func(b *Bench) []kit.Finding { return b.Tick() } }

// Times is steps several times over.
func Times(n int, steps ...Step) Step {
	return func(b *Bench) (found []kit.Finding) {
		for range n {
			for _, s := range steps {
				found = append(found, s(b)...)
			}
		}
		return found
	}
}

// Describe writes a finding in one line: "attack @user:hs $3: $1 $2 $3" is one
// that weighs as an attack, completed by the event $3, to which those three belong. Of what
// comes behind one it is "trailing @user:hs $3: $4". Of another room than the bench's it
// says so at the end. An alert is "alert", what it says, and whom it names.
func Describe(f kit.Finding) string {
	weight := f.Weight.String()
	if f.Trailing {
		weight = "trailing"
	}
	events := make([]string, 0, len(f.Events))
	for _, e := range f.Events {
		events = append(events, string(e))
	}
	if f.Alert {
		return strings.TrimSpace(fmt.Sprintf("alert %s: %s", f.Why, text.Names(f.Users, len(f.Users))))
	}
	said := strings.TrimSpace(fmt.Sprintf("%s %s %s: %s", weight, f.User, f.Offence, strings.Join(events, " ")))
	if f.Room != RoomID {
		said += " in " + string(f.Room)
	}
	return said
}

// Run plays each case on a bench of its own.
func Run(t *testing.T, kind kit.Kind, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			b := New(t, kind, c.Set)
			var got []string
			for _, step := range c.In {
				for _, f := range step(b) {
					got = append(got, Describe(f))
				}
			}
			if !slices.Equal(got, c.Want) {
				t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.Want, "\n\t"))
			}
		})
	}
}
