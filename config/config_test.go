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
		{"wrong type", "enforcement:", "enforcement:\n  max_members: many", []string{"[7:16]"}},
		{"doubled key", "  password: secret", "  password: secret\n  password: other", []string{"[5:3]", "password"}},
		{"not YAML", "homeserver:", "homeserver: [", []string{"["}},
		{"no homeserver", "address: example.org", "address: ''", []string{"homeserver.address", "example.org"}},
		{"two logins", "password: secret", "password: secret\n  access_token: x", []string{"keep one"}},
		{"file and value", "password: secret", "password: secret\n  password_file: /nowhere", []string{"password_file", "keep one"}},
		{"file is not there", "password: secret", "password_file: /nowhere", []string{"password_file", "/nowhere"}},
		{"malformed user", `"@forseti:example.org"`, `"forseti"`, []string{"homeserver.user", "@forseti:example.org"}},
		{"alias for a room", `"!mod:example.org"`, `"#mod:example.org"`, []string{"management_room", "!"}},
		{"schedule", "recent_leavers: 1h", "full_look: sometimes", []string{"enforcement.full_look", "@hourly"}},
		{"share", "recent_leavers: 1h", "max_percent: 101", []string{"enforcement.max_percent", "1 to 100"}},
		{"count", "recent_leavers: 1h", "max_members: 0", []string{"enforcement.max_members", "1 or more"}},
		{"database", "enforcement:", "database:\n  url: mysql://x\nenforcement:", []string{"database.url", "sqlite:"}},
		{"level", "enforcement:", "log:\n  level: loud\nenforcement:", []string{"log.level", "debug"}},
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

// A mistake beside the password must not print it.
func TestErrorsShowNoSecret(t *testing.T) {
	text := strings.Replace(good, "password: secret", "password: hunter2\n  oops: true", 1)
	_, err := Load(write(t, text), env(nil))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), env(nil))
	if err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("got %v", err)
	}
}
