package community

import (
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"forseti/community/commits"
	"forseti/community/report"
	"forseti/enforce"
)

// That the homeserver limits us stands in the log once a minute, however often it says
// so.
func TestLimitIsLoggedOnceAMinute(t *testing.T) {
	var out strings.Builder
	th := &throttle{
		log: zerolog.New(&out), commits: commits.New(nil, nil, zerolog.Nop()), report: report.New(nil),
		runner: enforce.NewRunner(enforce.NewWorld("@bot:x", enforce.Settings{}), 1, nil),
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range 300 {
		th.limited(time.Second, at.Add(time.Duration(i)*time.Second))
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 {
		t.Errorf("%d lines in five minutes", len(lines))
	}
	for _, line := range lines {
		for _, want := range []string{`"level":"warn"`, `"waiting":`, `"about":`, "forseti check"} {
			if !strings.Contains(line, want) {
				t.Errorf("%q is not in %s", want, line)
			}
		}
	}
}
