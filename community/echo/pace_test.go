package echo

import (
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	began := time.Unix(1_000_000, 0)
	for name, tc := range map[string]struct {
		seconds []int // batches in each second
		rules   bool  // they bring nothing but rules
		last    time.Duration
	}{
		"one batch":                       {[]int{1}, false, 0},
		"a talk":                          {[]int{5, 5, 5}, false, 0},
		"a stream":                        {[]int{streamRate}, false, streamPause},
		"just less than a stream":         {[]int{streamRate - 1}, false, 0},
		"a stream that goes on, slower":   {[]int{streamRate, streamRate / 2, streamRate / 2}, false, streamPause},
		"the second after a stream":       {[]int{streamRate, 1}, false, streamPause},
		"a talk after a stream":           {[]int{streamRate, 5, 5}, false, 0},
		"a batch after a stream and rest": {[]int{streamRate, 0, 1}, false, 0},
		"a rule":                          {[]int{1}, true, 0},
		"a list that is filled":           {[]int{fillRate}, true, streamPause},
	} {
		var p Pacer
		last := time.Duration(-1)
		for second, batches := range tc.seconds {
			for i := range batches {
				at := began.Add(time.Duration(second)*time.Second + time.Duration(i)*time.Millisecond)
				last = p.Pause(at, func() bool { return tc.rules })
			}
		}
		if last != tc.last {
			t.Errorf("%s: sync rests for %s after it, want %s", name, last, tc.last)
		}
	}
}

// Who attacks must not be heard later because the bot is at work against those before.
func TestRest(t *testing.T) {
	began := time.Unix(1_000_000, 0)
	var p Pacer
	if got := p.Rest(began); got != echoRest {
		t.Errorf("where nothing was found sync rests for %s, want %s", got, echoRest)
	}
	p.Alarm(began)
	p.Alarm(began.Add(-time.Hour)) // found late, in what was said before
	for after, want := range map[time.Duration]time.Duration{
		0: alarmRest, time.Second: alarmRest, alarm - 1: alarmRest, alarm: echoRest, time.Hour: echoRest,
	} {
		if got := p.Rest(began.Add(after)); got != want {
			t.Errorf("%s after a finding sync rests for %s, want %s", after, got, want)
		}
	}
}
