package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/robfig/cron/v3"
	"maunium.net/go/mautrix/id"
)

// check reports every value that cannot work, and what to write instead.
func (c *Config) check() (wrong []mistake) {
	say := func(key, format string, args ...any) {
		wrong = append(wrong, mistake{key, fmt.Errorf(format, args...)})
	}

	switch address := c.Homeserver.Address; {
	case address == "":
		say("homeserver.address", "is missing: write a server name such as example.org, or a URL (or set %s)", Variable("homeserver.address"))
	case !IsAddress(address):
		say("homeserver.address", "is %q: write a server name such as example.org, or a URL such as https://matrix.example.org", address)
	}
	switch {
	case c.Homeserver.AccessToken != "" && c.Homeserver.Password != "":
		say("homeserver.access_token", "and homeserver.password are both set: keep one")
	case c.Homeserver.Password != "" && c.Homeserver.User == "":
		say("homeserver.user", "is needed with a password: write the bot's full ID, such as @forseti:example.org")
	}
	if u := c.Homeserver.User; u != "" {
		if _, _, err := u.ParseAndValidateRelaxed(); err != nil {
			say("homeserver.user", "is %q: write the bot's full ID, such as @forseti:example.org", string(u))
		}
	}
	if room := string(c.ManagementRoom); room == "" {
		say("management_room", "is missing: write the room's ID, which begins with ! and is shown in the room's settings (or set %s)", Variable("management_room"))
	} else if len(room) < 2 || room[0] != '!' || strings.ContainsAny(room, " \t\n") {
		say("management_room", "is %q: write the room's ID. It begins with ! and is shown in the room's settings", room)
	}
	if u := c.Database.URL; !strings.HasPrefix(u, "sqlite:") && !strings.HasPrefix(u, "postgres://") && !strings.HasPrefix(u, "postgresql://") {
		say("database.url", "must begin with sqlite: or postgres://") // it may hold a password
	}
	for _, t := range []struct{ key, value string }{{"commands.trust", c.Commands.Trust}, {"encryption.send_to", c.Encryption.SendTo}} {
		if trusts := []string{"any", "cross-signed", "verified"}; !slices.Contains(trusts, t.value) {
			say(t.key, "is %q: write one of %s", t.value, strings.Join(trusts, ", "))
		}
	}
	if in := c.Commands.InRooms; !slices.Contains([]string{"trusted", "all", "off"}, in) {
		say("commands.in_rooms", "is %q: write trusted, all or off", in)
	}
	for name := range strings.FieldsSeq(c.Commands.Prefixes) {
		if strings.ContainsFunc(name, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
		}) {
			say("commands.prefixes", "has %q: write names without !, of letters, digits and -, with spaces between them", name)
		}
	}
	if key := c.Encryption.Key; key != "" && len(key) < 16 {
		say("encryption.key", "is too short to keep anything secret: write 16 characters or more, or let forseti init make one")
	}
	if d := c.Encryption.KeepEvidence; d < 0 {
		say("encryption.keep_evidence", "is %s: write 0s or more", d)
	}
	if d := c.Database.KeepHistory; d != 0 && d < 24*time.Hour {
		say("database.keep_history", "is %s: write 24h or more, or 0s to keep all of it", d)
	}
	if s := c.Enforcement.FullLook; !isSchedule(s) {
		say("enforcement.full_look", "is %q: write @hourly, @daily, or five fields as for cron, such as 0 * * * *", s)
	}
	if n := c.Enforcement.MaxMembers; n < 1 {
		say("enforcement.max_members", "is %d: write 1 or more", n)
	}
	if n := c.Enforcement.MaxPercent; n < 1 || n > 100 {
		say("enforcement.max_percent", "is %d: write 1 to 100", n)
	}
	if d := c.Enforcement.RecentLeavers; d < 0 {
		say("enforcement.recent_leavers", "is %s: write 0s or more", d)
	}
	if p := c.Enforcement.IPLiterals; p != IPKeep && p != IPAllow && p != IPDeny {
		say("enforcement.ip_literals", "is %q: write keep, allow or deny", string(p))
	}
	if w := c.Enforcement.RemoveByBans; w != RemoveBoth && w != RemoveAtOnce && w != RemoveSingly {
		say("enforcement.remove_by_bans", "is %q: write both, at-once or singly", string(w))
	}
	if levels := []string{"debug", "info", "warn", "error"}; !slices.Contains(levels, c.Log.Level) {
		say("log.level", "is %q: write one of %s", c.Log.Level, strings.Join(levels, ", "))
	}
	return wrong
}

// withPassword reports whether a database URL may hold a password.
func withPassword(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return !strings.HasPrefix(s, "sqlite:")
	}
	_, set := u.User.Password()
	return set || u.Query().Has("password")
}

// IsAddress reports whether s can name a homeserver: a server name or a URL.
func IsAddress(s string) bool {
	if !strings.Contains(s, "://") {
		return id.ParseServerName(s) != nil
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func isSchedule(s string) bool {
	_, err := cron.ParseStandard(s)
	return err == nil
}
