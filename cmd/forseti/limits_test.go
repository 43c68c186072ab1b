package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/internal/homeserver"
	"forseti/matrix"
)

// What is to be done is said for each kind of homeserver, in words that can be copied
// whatever the account is called.
func TestAdvice(t *testing.T) {
	const address = "https://matrix.example.org"
	for _, tc := range []struct {
		software matrix.Software
		user     id.UserID
		says     []string
	}{
		{matrix.Software{Name: "Synapse", Version: "1.157.1"}, "@forseti:example.org", []string{"curl -X POST", "Bearer ADMIN_TOKEN", address + "/_synapse/admin/v1/users/@forseti:example.org/override_ratelimit", `"messages_per_second": 0`, "INSERT INTO ratelimit_override", "'@forseti:example.org', 0, 0"}},
		{matrix.Software{Name: "synapse"}, "@o'brien/x y:example.org", []string{"/users/@o%27brien%2Fx%20y:example.org/", "'@o''brien/x y:example.org'"}},
		{matrix.Software{Name: "Dendrite", Version: "0.15.2"}, `@a"b:example.org`, []string{"rate_limiting:", "exempt_user_ids:", `- "@a\"b:example.org"`}},
		{matrix.Software{Name: "continuwuity"}, "@forseti:example.org", []string{"Ask an admin", "@forseti:example.org"}},
		{matrix.Software{}, "@forseti:example.org", []string{"Ask an admin", "@forseti:example.org"}},
	} {
		text := strings.Join(exemption(tc.software, address, tc.user), "\n")
		for _, want := range tc.says {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %q is not in:\n%s", tc.software, want, text)
			}
		}
	}
	if sh, err := exec.LookPath("sh"); err == nil {
		const odd = `it's $HOME "so"`
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+shellWord(odd)).Output()
		if err != nil || string(out) != odd {
			t.Errorf("the shell read %q, %v", out, err)
		}
	}
}

func TestPaceInWords(t *testing.T) {
	synapse := matrix.Software{Name: "Synapse", Version: "1.157.1"}
	for _, tc := range []struct {
		pace pace
		want string
	}{
		{pace{Software: synapse, Limited: true, Taken: 9, Wait: 4999}, "the homeserver (Synapse 1.157.1) limits how fast the account may act: once a few quick requests are used up, to one every 5s"},
		{pace{Software: matrix.Software{Name: "Dendrite"}, Limited: true, Apart: true, Taken: 4, Wait: 500}, "the homeserver (Dendrite) limits how fast the account may join rooms, leave them and invite, and asks for pauses of 500ms; bans and messages are not limited"},
		{pace{Software: synapse, Limited: true, Taken: 9}, "the homeserver (Synapse 1.157.1) limits how fast the account may act: it took 9 quick requests and refused the next"},
		{pace{Software: synapse, Taken: 15}, "the homeserver (Synapse 1.157.1) took 15 quick requests in a row: no rate limit was met"},
		{pace{Software: synapse, Told: true}, "the homeserver (Synapse 1.157.1) says that it exempts the account from its rate limits"},
		{pace{Software: synapse, Told: true, Limited: true}, "the homeserver (Synapse 1.157.1) says that it does not exempt the account from its rate limits"},
		{pace{Software: matrix.Software{Name: "evil\x1b[2J\nok    fine"}}, "the homeserver (evil [2J ok fine) took 0 quick requests in a row: no rate limit was met"},
	} {
		if got := tc.pace.String(); got != tc.want {
			t.Errorf("%+v:\n%s, want\n%s", tc.pace, got, tc.want)
		}
	}
}

// init and check find out that a homeserver as it comes limits the account, and that
// its admin has mended it.
func TestLimitsOnDendrite(t *testing.T) {
	t.Parallel()
	const free, slow = "@free:localhost", "@slow:localhost"
	server, err := homeserver.Start(t.Context(), homeserver.Options{Limits: &homeserver.Limits{Exempt: []id.UserID{free}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	for user, words := range map[string][]string{
		free: {"no rate limit was met"},
		slow: {"(Dendrite) limits how fast the account may join rooms", "bans and messages are not limited"},
	} {
		path := limitedBot(t, server, user, words)
		term := forseti(t, "", nil, "check", "--config", path)
		term.expect(t, 0, words...)
		if user == slow {
			term.expect(t, 0, "exempt_user_ids:", `- "`+slow+`"`)
		}
		if strings.Contains(term.out.String(), "have the account exempted") {
			t.Errorf("%s: makes much of a small thing:\n%s", user, &term.out)
		}
	}
}

func TestLimitsOnSynapse(t *testing.T) {
	if os.Getenv(homeserver.Variable) != string(homeserver.Synapse) {
		t.Skip("needs Synapse: make test-synapse")
	}
	server, err := homeserver.Start(t.Context(), homeserver.Options{Kind: homeserver.Synapse, Limits: &homeserver.Limits{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	const user = "@slow:localhost"
	path := limitedBot(t, server, user, []string{"4. Have the account exempted", "limits how fast the account may act", "to one every 5s", "91 bans then take about 8 minutes", "curl -X POST", "check --limits"})
	forseti(t, "", nil, "check", "--config", path).expect(t, 0, "limits how fast the account may act", "curl -X POST", "have the account exempted from rate limits")
	_, admin, err := server.Register(t.Context(), "admin", "opensesame", true)
	if err != nil {
		t.Fatal(err)
	}
	// What the command does that was shown.
	address := server.URL + "/_synapse/admin/v1/users/" + user + "/override_ratelimit"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(`{"messages_per_second": 0, "burst_count": 0}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+admin)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	forseti(t, "", nil, "check", "--limits", "--config", path).expect(t, 0, "no rate limit was met")
	term := forseti(t, "", nil, "check", "--config", path)
	term.expect(t, 0, "no rate limit was met")
	if strings.Contains(term.out.String(), "exempted") {
		t.Errorf("check goes on asking:\n%s", &term.out)
	}
}

// limitedBot sets up a bot on a homeserver with limits.
func limitedBot(t *testing.T, server *homeserver.Server, user string, says []string) (path string) {
	t.Helper()
	local, _, err := id.UserID(user).Parse()
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := server.Register(t.Context(), local, "opensesame", false)
	if err != nil {
		t.Fatal(err)
	}
	mod, _, err := server.Register(t.Context(), fmt.Sprintf("mod-of-%s", local), "opensesame", false)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path = filepath.Join(dir, "forseti.yaml")
	forseti(t, "", map[string]string{"FORSETI_ACCESS_TOKEN": token}, "init", "--config", path, "--database", "sqlite:"+filepath.Join(dir, "forseti.db"),
		"--homeserver", server.URL, "--invite", string(mod)).expect(t, 0, append(says, "Wrote")...)
	return path
}

// What check says follows from the latest that is known: an old note is none, and a limit
// is never said without how to look again.
func TestLimitsThatAreKnown(t *testing.T) {
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.Local)
	ago := func(d time.Duration) int64 { return now.Add(-d).UnixMilli() }
	synapse := matrix.Software{Name: "Synapse"}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		known limits
		want  verdict
		says  string
	}{
		"tried, limited":           {limits{tried: pace{Limited: true, At: ago(0)}, found: true}, limited, "limits how fast"},
		"tried, free":              {limits{tried: pace{At: ago(time.Hour)}, found: true}, unlimited, "no rate limit was met"},
		"a limit that bears":       {limits{tried: pace{Limited: true, Taken: 20, Wait: 200, At: ago(0)}, found: true}, bearable, "limits how fast"},
		"an old note of a limit":   {limits{tried: pace{Limited: true, At: ago(day)}, found: true}, limited, "whether it still does is not known: forseti check --limits"},
		"an old note of none":      {limits{tried: pace{At: ago(90 * day)}, found: true}, unlimited, "when that was tried on 2026-02-05"},
		"refused since":            {limits{tried: pace{At: ago(90 * day)}, found: true, met: now.Add(-time.Hour)}, limited, "limited the bot's rate on 2026-05-06"},
		"refused before":           {limits{tried: pace{At: ago(time.Hour)}, found: true, met: now.Add(-day)}, unlimited, "no rate limit was met"},
		"lifted since":             {limits{tried: pace{Limited: true, At: ago(day)}, found: true, met: now.Add(-2 * time.Hour), lifted: now.Add(-time.Hour)}, unlimited, "does not any more"},
		"lifted, and limited anew": {limits{tried: pace{Limited: true, At: ago(0)}, found: true, met: now.Add(-2 * time.Hour), lifted: now.Add(-time.Hour)}, limited, "limits how fast"},
		"lifted, and refused anew": {limits{tried: pace{At: ago(day)}, found: true, met: now.Add(-time.Minute), lifted: now.Add(-time.Hour)}, limited, "limited the bot's rate on"},
		"only refused":             {limits{met: now.Add(-time.Hour)}, limited, "limited the bot's rate on"},
		"nothing, on Synapse":      {limits{tried: pace{Software: synapse}}, limited, "not known: forseti check --limits"},
		"nothing":                  {limits{}, unknown, "not known: forseti check --limits"},
	} {
		got, words := c.known.say(now)
		if got != c.want || !strings.Contains(words, c.says) {
			t.Errorf("%s: %d, %s; want %d with %q", name, got, words, c.want, c.says)
		}
		if got == limited && !strings.Contains(words, "look again with forseti check --limits") {
			t.Errorf("%s: not how to look again: %s", name, words)
		}
	}
}
