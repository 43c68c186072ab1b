package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// another is, for every key, a value that is good and not the default.
var another = map[string]string{
	"homeserver.address": "other.example", "homeserver.user": "@other:example.org", "homeserver.password": "pw", "homeserver.access_token": "tok",
	"management_room": "!other:example.org", "database.url": "postgres://db/x", "database.keep_history": "48h", "commands.trust": "verified",
	"commands.prefixes": "judge draupnir",
	"commands.bare":     "true",
	"commands.in_rooms": "all",
	"commands.say":      "true",
	"commands.roles":    "true",
	"commands.describe": "false",
	"encryption.key":    "a key that is long enough", "encryption.send_to": "verified", "encryption.share_keys": "true", "encryption.keep_evidence": "1h",
	"enforcement.dry_run": "true", "enforcement.full_look": "@daily", "enforcement.max_members": "3", "enforcement.max_percent": "4",
	"enforcement.ban_server_members": "true", "enforcement.recent_leavers": "2h", "enforcement.ip_literals": "deny", "enforcement.hide_profiles": "true", "enforcement.remove_by_bans": "at-once", "protections.scam_list": "/srv/scams.txt", "log.level": "debug", "log.json": "true",
}

// Each key can be set by its variable alone, without a file, and no other key moves.
func TestEveryKeyByEnvironment(t *testing.T) {
	for _, k := range keys() {
		set := map[string]string{"FORSETI_HOMESERVER_ADDRESS": "example.org", "FORSETI_MANAGEMENT_ROOM": "!m:example.org", "FORSETI_HOMESERVER_USER": "@a:example.org"}
		before, err := Load("", env(set))
		if err != nil {
			t.Fatal(err)
		}
		value := another[k.name]
		if of, isFile := strings.CutSuffix(k.name, "_file"); isFile {
			path := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(path, []byte(another[of]+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			value = path
		}
		if value == "" {
			t.Fatalf("%s has no value in this test: add one", k.name)
		}
		set[Variable(k.name)] = value
		after, err := Load("", env(set))
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		got := field(reflect.ValueOf(&after).Elem(), k.name)
		want := reflect.New(got.Type()).Elem()
		put(want, value)
		if !got.Equal(want) {
			t.Errorf("%s is %v, want %s", k.name, got, value)
		}
		got.Set(field(reflect.ValueOf(&before).Elem(), k.name))
		if of, isFile := strings.CutSuffix(k.name, "_file"); isFile {
			secret := field(reflect.ValueOf(&after).Elem(), of)
			if secret.String() != another[of] {
				t.Errorf("%s brought %q", k.name, secret)
			}
			secret.Set(field(reflect.ValueOf(&before).Elem(), of))
		}
		if after != before {
			t.Errorf("%s moved something else: %+v, before %+v", k.name, after, before)
		}
	}
}

// A value that cannot be is told with its variable, and a secret is not shown.
func TestMistakesInTheEnvironment(t *testing.T) {
	for _, tc := range []struct{ variable, value, says string }{
		{"FORSETI_HOMESERVER_ADDRESS", "a b", "write a server name"},
		{"FORSETI_HOMESERVER_USER", "maria", "@forseti:example.org"},
		{"FORSETI_HOMESERVER_PASSWORD_FILE", "/nowhere", "/nowhere"},
		{"FORSETI_MANAGEMENT_ROOM", "#a:b", "begins with !"},
		{"FORSETI_DATABASE_URL", "mysql://x:hunter2@y", "sqlite:"},
		{"FORSETI_COMMANDS_TRUST", "friends", "cross-signed"},
		{"FORSETI_ENCRYPTION_KEY", "hunter2", "16 characters"},
		{"FORSETI_ENCRYPTION_SHARE_KEYS", "yes", "true or false"},
		{"FORSETI_ENCRYPTION_KEEP_EVIDENCE", "5", "a duration, such as 24h"},
		{"FORSETI_ENFORCEMENT_MAX_MEMBERS", "3.5", "a whole number"},
		{"FORSETI_ENFORCEMENT_MAX_PERCENT", "0", "1 to 100"},
		{"FORSETI_ENFORCEMENT_FULL_LOOK", "sometimes", "@hourly"},
		{"FORSETI_ENFORCEMENT_DRY_RUN", "1", "true or false"},
		{"FORSETI_LOG_LEVEL", "loud", "debug"},
	} {
		_, err := Load(write(t, good), env(map[string]string{tc.variable: tc.value}))
		if err == nil {
			t.Errorf("%s=%s is taken", tc.variable, tc.value)
			continue
		}
		text := err.Error()
		if !strings.HasPrefix(text, tc.variable+": ") || !strings.Contains(text, tc.says) || strings.Contains(text, "hunter2") {
			t.Errorf("%s=%s: %s", tc.variable, tc.value, text)
		}
	}
}

// What is nearer to the hand wins: a variable, over the key and its _file key in the file.
func TestEnvironmentOverAFile(t *testing.T) {
	secret := write(t, "from a file\n")
	inFile := strings.Replace(good, "password: secret", "password_file: "+secret, 1)
	for name, tc := range map[string]struct {
		text string
		env  map[string]string
		want string
	}{
		"a variable over a _file key":           {inFile, map[string]string{"FORSETI_PASSWORD": "typed"}, "typed"},
		"a _file variable over a key":           {good, map[string]string{"FORSETI_HOMESERVER_PASSWORD_FILE": secret}, "from a file"},
		"both names, the same":                  {good, map[string]string{"FORSETI_PASSWORD": "x", "FORSETI_HOMESERVER_PASSWORD": "x"}, "x"},
		"both names, two things":                {good, map[string]string{"FORSETI_PASSWORD": "x", "FORSETI_HOMESERVER_PASSWORD": "y"}, ""},
		"a variable and its own _file variable": {good, map[string]string{"FORSETI_PASSWORD": "x", "FORSETI_HOMESERVER_PASSWORD_FILE": secret}, ""},
	} {
		c, err := Load(write(t, tc.text), env(tc.env))
		switch {
		case tc.want == "" && (err == nil || !strings.Contains(err.Error(), "keep one")):
			t.Errorf("%s: %v", name, err)
		case tc.want != "" && (err != nil || c.Homeserver.Password != tc.want):
			t.Errorf("%s: %q, %v", name, c.Homeserver.Password, err)
		}
	}
}

func TestNothingSet(t *testing.T) {
	_, err := Load("", env(nil))
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{"FORSETI_HOMESERVER_ADDRESS", "FORSETI_MANAGEMENT_ROOM"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in: %v", want, err)
		}
	}
}

func TestUnknownVariables(t *testing.T) {
	environ := []string{"PATH=/bin", "FORSETI_PASWORD=x", "FORSETI_ADDRESS=x", "FORSETI_LOGLEVEL=x", "FORSETI_ZEBRA=x", "FORSETI_CONFG=x", "FORSETI_log_level=x", "FORSETI_MANAGMENT_ROOM=x"}
	for _, name := range variables() {
		environ = append(environ, name+"=x")
	}
	want := map[string]string{
		"FORSETI_PASWORD": "FORSETI_PASSWORD", "FORSETI_ADDRESS": "FORSETI_HOMESERVER_ADDRESS", "FORSETI_LOGLEVEL": "FORSETI_LOG_LEVEL", "FORSETI_ZEBRA": "",
		"FORSETI_CONFG": "FORSETI_CONFIG", "FORSETI_log_level": "FORSETI_LOG_LEVEL", "FORSETI_MANAGMENT_ROOM": "FORSETI_MANAGEMENT_ROOM",
	}
	got := map[string]string{}
	for _, u := range UnknownVariables(environ) {
		got[u.Name] = u.Meant
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The page names every variable.
func TestReferenceNamesAllVariables(t *testing.T) {
	page := Reference()
	for _, name := range variables() {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("%s is not in the reference", name)
		}
	}
}
