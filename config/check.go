package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
)

// Check reports every value that cannot work, each with its key and what to
// write instead.
func (c *Config) Check() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }

	if c.Homeserver.Address == "" {
		say("homeserver.address is missing: write a server name such as example.org, or a URL")
	}
	switch {
	case c.Homeserver.AccessToken != "" && c.Homeserver.Password != "":
		say("homeserver.access_token and homeserver.password are both set: keep one")
	case c.Homeserver.Password != "" && c.Homeserver.User == "":
		say("homeserver.user is needed with a password: write the bot's full ID, such as @forseti:example.org")
	}
	if u := c.Homeserver.User; u != "" {
		if _, _, err := u.ParseAndValidateRelaxed(); err != nil {
			say("homeserver.user %q is not a Matrix user ID: write it in full, such as @forseti:example.org", string(u))
		}
	}
	if room := string(c.ManagementRoom); !strings.HasPrefix(room, "!") {
		say("management_room %q is not a room ID: it begins with ! and is shown in the room's settings", room)
	}
	if u := c.Database.URL; !strings.HasPrefix(u, "sqlite:") && !strings.HasPrefix(u, "postgres://") && !strings.HasPrefix(u, "postgresql://") {
		say("database.url must begin with sqlite: or postgres://")
	}
	for _, t := range []struct{ key, value string }{{"commands.trust", c.Commands.Trust}, {"encryption.send_to", c.Encryption.SendTo}} {
		if !slices.Contains(trusts, t.value) {
			say("%s %q is not one of %s", t.key, t.value, strings.Join(trusts, ", "))
		}
	}
	if key := c.Encryption.Key; key != "" && len(key) < 16 {
		say("encryption.key is too short to keep anything secret: write 16 characters or more, or let forseti init make one")
	}
	if d := c.Encryption.KeepEvidence; d < 0 {
		say("encryption.keep_evidence is %s: write 0s or more", d)
	}
	if _, err := cron.ParseStandard(c.Enforcement.FullLook); err != nil {
		say("enforcement.full_look %q is not a schedule: write @hourly, or five fields such as 0 * * * * (%w)", c.Enforcement.FullLook, err)
	}
	if n := c.Enforcement.MaxMembers; n < 1 {
		say("enforcement.max_members is %d: write 1 or more", n)
	}
	if n := c.Enforcement.MaxPercent; n < 1 || n > 100 {
		say("enforcement.max_percent is %d: write 1 to 100", n)
	}
	if d := c.Enforcement.RecentLeavers; d < 0 {
		say("enforcement.recent_leavers is %s: write 0s or more", d)
	}
	if levels := []string{"debug", "info", "warn", "error"}; !slices.Contains(levels, c.Log.Level) {
		say("log.level %q is not one of %s", c.Log.Level, strings.Join(levels, ", "))
	}
	return errors.Join(wrong...)
}

// trusts are the levels of trust in a device, from none to most.
var trusts = []string{"any", "cross-signed", "verified"}
