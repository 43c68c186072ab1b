package community

import (
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
)

// One message goes after another, so the first must not wait for as long as somebody
// likes.
func TestNoAnswerSilencesSpeech(t *testing.T) {
	for kind, longest := range map[action.FailureKind]time.Duration{
		action.Transient: action.LongestPause, action.RateLimited: action.LongestLimit, action.Forbidden: action.LongestPause,
	} {
		now := time.Now()
		words := report.New(nil)
		runner := enforce.NewRunner(enforce.NewWorld("@bot:x", enforce.Settings{}), 1, nil)
		s := &speaker{
			report: words, runner: runner, log: zerolog.Nop(), live: func() bool { return true }, mute: func() bool { return false },
			throttle: &throttle{runner: runner, report: words, logged: now.Add(time.Hour)},
		}
		words.Say("1", action.Message{Markdown: "It burns."})
		said := words.Speak(now)
		if len(said) != 1 {
			t.Fatalf("says %v", said)
		}
		s.uttered(said[0], enforce.Attempt{Failure: &action.Failure{Kind: kind, RetryAfter: time.Hour, Err: errors.New("no")}})
		if due := s.speechDue(now); due.IsZero() || due.After(time.Now().Add(longest)) {
			t.Errorf("%s: silent until %s", kind, due)
		}
	}
}
