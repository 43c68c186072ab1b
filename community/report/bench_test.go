package report_test

import (
	"fmt"
	"testing"
	"time"

	"forseti/action"
)

// The owner stands still for as long as one call takes. Each must be short, however much there is.
func BenchmarkCrowd(b *testing.B) {
	const many = 100_000
	c := newChat()
	cause := rule("$r", "@*:evil.example")
	c.Replies.Begin("$c", c.now)
	c.Replies.Rule("$c", "$r", c.now)
	bans := make([]action.Action, many)
	for i := range bans {
		bans[i] = ban(fmt.Sprint("u", i), fmt.Sprint("Room", i%20), cause)
		c.opened(bans[i])
	}
	c.Replies.Answer(answerTo("$c"), c.now)
	for _, a := range bans[:many/2] {
		c.done(a)
	}
	c.pass(time.Minute)
	stuck := bans[many/2:]
	for _, a := range stuck[:many/10] {
		c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "no"}, c.now)
	}
	b.Run("progress", func(b *testing.B) {
		for b.Loop() {
			c.pass(time.Minute)
		}
	})
	b.Run("problems", func(b *testing.B) {
		for b.Loop() {
			c.Problems.All()
		}
	})
	b.Run("hindered", func(b *testing.B) {
		a := stuck[many/5]
		for b.Loop() {
			c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: "no"}, c.now)
			c.Freed(a)
		}
	})
	b.Run("opened and ended", func(b *testing.B) {
		a := ban("x", "Lobby", rule("$other", "x"))
		for b.Loop() {
			c.opened(a)
			c.ended(a, action.Dropped, "")
		}
	})
	b.Run("due", func(b *testing.B) {
		for b.Loop() {
			c.Due(c.now)
		}
	})
}
