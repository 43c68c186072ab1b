package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const good = `homeserver:
  address: example.org
  user: "@forseti:example.org"
  password: secret
management_room: "!mod:example.org"
enforcement:
  recent_leavers: 1h
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "forseti.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestLoad(t *testing.T) {
	c, err := Load(write(t, good), env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.Homeserver.Password != "secret" || c.Enforcement.MaxMembers != 10 || c.Enforcement.RecentLeavers != time.Hour {
		t.Errorf("got %+v", c)
	}
}

func TestEnvironmentWins(t *testing.T) {
	c, err := Load(write(t, good), env(map[string]string{"FORSETI_PASSWORD": "other", "FORSETI_DATABASE_URL": "postgres://db/x"}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Homeserver.Password != "other" || c.Database.URL != "postgres://db/x" {
		t.Errorf("got %+v", c)
	}
}

func TestSecretFile(t *testing.T) {
	secret := write(t, "from a file\n")
	text := strings.Replace(good, "password: secret", "password_file: "+secret, 1)
	c, err := Load(write(t, text), env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.Homeserver.Password != "from a file" {
		t.Errorf("password is %q", c.Homeserver.Password)
	}
}

// Each mistake is answered with where it is and what to write.
func TestMistakes(t *testing.T) {
	for _, tc := range []struct {
		name, old, new string
		says           []string
	}{
		{"unknown key", "management_room:", "managment_room:", []string{"[5:1]", "managment_room", "did you mean management_room?"}},
		{"unknown section", "enforcement:", "weather:", []string{"[6:1] there is no key weather here"}},
		{"doubled key", "  password: secret", "  password: secret\n  password: other", []string{"[5:3]", "password"}},
		{"not YAML", "homeserver:", "homeserver: [", []string{"[5:1]"}},
		{"no number", "recent_leavers: 1h", "max_members: many", []string{"[7:16] enforcement.max_members", "write a whole number"}},
		{"half a number", "recent_leavers: 1h", "max_members: 3.5", []string{"[7:16] enforcement.max_members", "write a whole number"}},
		{"no switch", "recent_leavers: 1h", "dry_run: maybe", []string{"[7:12] enforcement.dry_run", "write true or false"}},
		{"no duration", "recent_leavers: 1h", "recent_leavers: soon", []string{"[7:19] enforcement.recent_leavers", "write a duration, such as 24h"}},
		{"no unit", "recent_leavers: 1h", "recent_leavers: 5", []string{"[7:19] enforcement.recent_leavers", "write a duration, such as 24h"}},
		{"list", "password: secret", "password: [secret]", []string{"[4:13] homeserver.password", "write text"}},
		{"no section", "homeserver:\n", "homeserver: 5\nlog:\n", []string{"[1:13] homeserver is a section"}},
		{"room without quotes", `"!mod:example.org"`, "!mod:example.org", []string{"[5:18] management_room", "put the value in quotes"}},
		{"user without quotes", `"@forseti:example.org"`, "@forseti:example.org", []string{"[3:9]", "'@'"}},
		{"no homeserver", "address: example.org", "address: ''", []string{"[2:12] homeserver.address", "example.org"}},
		{"no homeserver at all", "  address: example.org\n", "", []string{"homeserver.address is missing"}},
		{"homeserver with a path", "address: example.org", "address: example.org/matrix", []string{"[2:12] homeserver.address", "https://matrix.example.org"}},
		{"homeserver by ftp", "address: example.org", "address: ftp://example.org", []string{"[2:12] homeserver.address", "https://matrix.example.org"}},
		{"two logins", "password: secret", "password: secret\n  access_token: x", []string{"[5:17] homeserver.access_token", "keep one"}},
		{"password without user", "  user: \"@forseti:example.org\"\n", "", []string{"homeserver.user", "@forseti:example.org"}},
		{"file and value", "password: secret", "password: secret\n  password_file: /nowhere", []string{"[5:18] homeserver.password_file", "keep one"}},
		{"file is not there", "password: secret", "password_file: /nowhere", []string{"[4:18] homeserver.password_file", "/nowhere"}},
		{"file is empty", "password: secret", "password_file: /dev/null", []string{"[4:18] homeserver.password_file", "empty"}},
		{"malformed user", `"@forseti:example.org"`, `"forseti"`, []string{"[3:9] homeserver.user", "@forseti:example.org"}},
		{"alias for a room", `"!mod:example.org"`, `"#mod:example.org"`, []string{"[5:18] management_room", "begins with !"}},
		{"schedule", "recent_leavers: 1h", "full_look: sometimes", []string{"[7:14] enforcement.full_look", "@hourly"}},
		{"share", "recent_leavers: 1h", "max_percent: 101", []string{"[7:16] enforcement.max_percent", "1 to 100"}},
		{"count", "recent_leavers: 1h", "max_members: 0", []string{"[7:16] enforcement.max_members", "1 or more"}},
		{"past", "recent_leavers: 1h", "recent_leavers: -1h", []string{"[7:19] enforcement.recent_leavers", "0s or more"}},
		{"IP literals", "recent_leavers: 1h", "ip_literals: maybe", []string{"[7:16] enforcement.ip_literals", "keep, allow or deny"}},
		{"removal", "recent_leavers: 1h", "remove_by_bans: maybe", []string{"[7:19] enforcement.remove_by_bans", "both, at-once or singly"}},
		{"database", "enforcement:", "database:\n  url: mysql://x\nenforcement:", []string{"[7:8] database.url", "sqlite:"}},
		{"history", "enforcement:", "database: {keep_history: 1h}\nenforcement:", []string{"[6:26] database.keep_history", "24h or more"}},
		{"trust", "enforcement:", "commands: {trust: friends}\nenforcement:", []string{"[6:19] commands.trust", "cross-signed"}},
		{"prefixes", "enforcement:", "commands: {prefixes: draupnir !}\nenforcement:", []string{"commands.prefixes", "without !"}},
		{"send to", "enforcement:", "encryption: {send_to: friends}\nenforcement:", []string{"[6:23] encryption.send_to", "cross-signed"}},
		{"short key", "enforcement:", "encryption: {key: abc}\nenforcement:", []string{"[6:19] encryption.key", "16 characters"}},
		{"evidence", "enforcement:", "encryption: {keep_evidence: -1h}\nenforcement:", []string{"[6:29] encryption.keep_evidence", "0s or more"}},
		{"level", "enforcement:", "log: {level: loud}\nenforcement:", []string{"[6:14] log.level", "debug"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.Replace(good, tc.old, tc.new, 1)
			if text == good {
				t.Fatal("the case changes nothing")
			}
			path := write(t, text)
			_, err := Load(path, env(nil))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range append(tc.says, path) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

// All mistakes are told at once, each with its place; what came from the
// environment is looked for there.
func TestSeveralMistakes(t *testing.T) {
	path := write(t, strings.Replace(good, "recent_leavers: 1h", "max_percent: 0\n  max_members: 0", 1))
	_, err := Load(path, env(map[string]string{"FORSETI_DATABASE_URL": "mysql://x:hunter2@y"}))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{path + ": [7:16] enforcement.max_percent", path + ": [8:16] enforcement.max_members", "FORSETI_DATABASE_URL: database.url"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

// Whatever the file holds, reading it ends in words and not in a crash.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("homeserver: &a [*a]\nmanagement_room: !x"))
	f.Add([]byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text)
		if err == nil {
			c.check()
		}
	})
}

// A mistake beside the password must not print it.
func TestErrorsShowNoSecret(t *testing.T) {
	text := strings.Replace(good, "password: secret", "password: hunter2\n  oops: true", 1)
	_, err := Load(write(t, text), env(nil))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// A file that says nothing takes no default away.
func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing\n", "---\n", "log:\n"} {
		c, err := Parse([]byte(text))
		if err != nil || c != Default() {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), env(nil))
	if err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("got %v", err)
	}
}
