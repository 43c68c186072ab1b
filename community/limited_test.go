package community_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/synapseadmin"

	"forseti/internal/faults"
	"forseti/internal/homeserver"
)

// On a Synapse as it comes, moderators hear at once that a wave is slowed down, and are
// answered while it lasts; when an admin lifts the limit, the bot notices by itself. How
// long they wait exactly, and until the last ban, is for internal/load to say.
func TestHeardUnderLimits(t *testing.T) {
	f := limitedFixture(t)
	const crowd, asks = 30, 7
	var joins sync.WaitGroup
	for range crowd {
		spammer := f.server.Client(t, "wave")
		f.exempt(spammer.UserID)
		joins.Go(func() {
			for _, room := range f.rooms {
				f.join(room, spammer)
			}
		})
	}
	joins.Wait()
	var log lines
	logger := zerolog.New(&log).Level(zerolog.InfoLevel)
	f.log = &logger
	f.start()
	f.hear("Hello")
	f.must(f.admin.DeleteUserRatelimit(t.Context(), f.bot.UserID))
	// What check finds out.
	f.must(f.bot.SetAccountData(t.Context(), "org.forseti.pace", json.RawMessage(`{"limited":true,"taken":10,"wait_ms":5000}`)))

	f.say(fmt.Sprintf("!forseti ban @wave-*:%s spam", f.server.Name))
	f.react("✅")
	began := time.Now()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	var order []id.EventID
	for range asks {
		asked := f.say("!forseti status")
		order = append(order, asked)
		f.eventually("answer", func() bool { return !f.answered(asked).IsZero() })
		<-tick.C
	}
	f.hear("The homeserver slows me down", "ban", "forseti check")
	var slowest time.Duration
	sent := map[id.EventID]time.Time{}
	var word time.Time
	for _, evt := range f.timeline(f.management) {
		sent[evt.ID] = time.UnixMilli(evt.Timestamp)
		if body, _ := evt.Content.Raw["body"].(string); word.IsZero() && evt.Sender == f.bot.UserID && strings.Contains(body, "slows me down") {
			word = sent[evt.ID]
		}
	}
	var before time.Time
	for _, asked := range order {
		at := f.answered(asked)
		slowest = max(slowest, at.Sub(sent[asked]))
		if at.Before(before) {
			t.Error("answered in another order")
		}
		before = at
	}
	t.Logf("the first word %s after the yes; the slowest of %d answers after %s; %d bans in the time", word.Sub(began), asks, slowest, f.bans())
	// Twice what is promised, for the machine may be busy with other tests.
	if slowest > 10*time.Second || word.Sub(began) > 20*time.Second {
		t.Error("moderators wait too long")
		for _, r := range f.proxy.Requests(faults.Write) {
			t.Logf("%8.1f s %d %s", r.Began.Sub(began).Seconds(), r.Status, r.Path)
		}
	}
	if n := f.bans(); n < 4 || n > 2*crowd {
		t.Errorf("%d bans: the limit is not in force, or nothing goes on", n)
	}

	lifted := time.Now()
	f.exempt(f.bot.UserID)
	f.eventually("notice that nothing limits it any more", func() bool { return f.bans() == crowd*len(f.rooms) })
	t.Logf("the rest %s after the limit was lifted", time.Since(lifted))
	f.hear("The homeserver slowed me down")
	f.hear("and 27 more users", "in 3 rooms")
	if n := log.count("limits how fast"); n < 1 || n > 5 {
		t.Errorf("the log says %d times that the homeserver limits us", n)
	}
	if n := log.count(`"verb":"ban"`); n < crowd*len(f.rooms) {
		t.Errorf("the log says of %d bans", n)
	}
}

// limited is a fixture on a homeserver with its own limits, to which only the bot will be
// subject.
type limited struct {
	*fixture
	admin *synapseadmin.Client
}

func limitedFixture(t *testing.T) *limited {
	t.Helper()
	if os.Getenv(homeserver.Variable) != string(homeserver.Synapse) {
		t.Skip("needs Synapse: make test-synapse")
	}
	t.Parallel()
	server, err := homeserver.Start(t.Context(), homeserver.Options{Kind: homeserver.Synapse, Limits: &homeserver.Limits{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	f := &limited{fixture: &fixture{t: t, server: server}}
	user, token, err := server.Register(t.Context(), "admin", "opensesame", true)
	f.must(err)
	client, err := mautrix.NewClient(server.URL, user, token)
	f.must(err)
	f.admin = &synapseadmin.Client{Client: client}
	f.bot, f.mod = server.Client(t, "bot"), server.Client(t, "mod")
	f.exempt(user)
	f.exempt(f.bot.UserID)
	f.exempt(f.mod.UserID)
	f.furnish(3)
	return f
}

func (f *limited) exempt(user id.UserID) {
	f.t.Helper()
	f.must(f.admin.SetUserRatelimit(f.t.Context(), user, synapseadmin.ReqSetRatelimit{}))
}

// bans is how many the homeserver has made.
func (f *limited) bans() (n int) {
	for _, r := range f.proxy.Requests(faults.Ban) {
		if r.Status == 200 {
			n++
		}
	}
	return n
}

// answered is when a command was answered, by the homeserver's clock.
func (f *limited) answered(command id.EventID) time.Time {
	f.t.Helper()
	for _, evt := range f.timeline(f.management) {
		_ = evt.Content.ParseRaw(evt.Type)
		if evt.Sender == f.bot.UserID && evt.Type == event.EventMessage && isAnswer(evt, command) {
			return time.UnixMilli(evt.Timestamp)
		}
	}
	return time.Time{}
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}
