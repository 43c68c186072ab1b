// Package config turns a strict YAML file and the environment into typed values.
// It reads; it connects to nothing and decides nothing.
package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Config is the whole configuration of one bot.
type Config struct {
	Homeserver     Homeserver `yaml:"homeserver"`
	ManagementRoom id.RoomID  `yaml:"management_room"`
	Database       Database   `yaml:"database"`
	Commands       Commands   `yaml:"commands"`
	Encryption     Encryption `yaml:"encryption"`
	Enforcement    Enforce    `yaml:"enforcement"`
	Protections    Protect    `yaml:"protections"`
	Log            Log        `yaml:"log"`
}

// Homeserver says where the bot's account is and how to log in to it.
type Homeserver struct {
	// Address is a server name (found by .well-known) or a base URL.
	Address         string    `yaml:"address"`
	User            id.UserID `yaml:"user"`
	Password        string    `yaml:"password"`
	PasswordFile    string    `yaml:"password_file"`
	AccessToken     string    `yaml:"access_token"`
	AccessTokenFile string    `yaml:"access_token_file"`
}

// Database says where the bot keeps what it knows.
type Database struct {
	// URL is sqlite:PATH or postgres://…
	URL     string `yaml:"url"`
	URLFile string `yaml:"url_file"`
	// KeepHistory is how long what is over is kept; for ever if zero.
	KeepHistory time.Duration `yaml:"keep_history"`
}

// Commands says whose commands are obeyed.
type Commands struct {
	// Trust is what a device must be for its commands to be obeyed in an encrypted
	// management room: any, cross-signed or verified.
	Trust string `yaml:"trust"`
	// Prefixes are names of other bots to answer to, by spaces; or UsualPrefixes, or NoPrefixes.
	Prefixes string `yaml:"prefixes"`
	// Bare also hears !ban and the like, without a name.
	Bare bool `yaml:"bare"`
	// InRooms is in which protected rooms moderators may give commands, in reply to a
	// message: trusted (where who gave them is as sure as in the management room), all or off.
	InRooms string `yaml:"in_rooms"`
	// Say lets moderators have the bot say something in protected rooms.
	Say bool `yaml:"say"`
	// Roles has power levels in the management room decide who may do what.
	Roles bool `yaml:"roles"`
	// Describe tells clients of the commands.
	Describe bool `yaml:"describe"`
}

// What commands.prefixes may be besides names.
const (
	UsualPrefixes = "usual" // of the bots that people come from, while no other bot is in the room
	NoPrefixes    = "none"
)

// Encryption says how the bot takes part in encrypted rooms.
type Encryption struct {
	// Key is what the bot's keys are encrypted with in the database. Empty means no
	// encryption.
	Key     string `yaml:"key"`
	KeyFile string `yaml:"key_file"`
	// SendTo is what a device must be to read what the bot says: as Commands.Trust.
	SendTo string `yaml:"send_to"`
	// ShareKeys also answers verified devices of moderators that ask for keys.
	ShareKeys bool `yaml:"share_keys"`
	// KeepEvidence is how long the messages that were acted on are kept.
	KeepEvidence time.Duration `yaml:"keep_evidence"`
}

// Enforce holds what an operator may set about enforcing; moderators set the
// rest in chat.
type Enforce struct {
	DryRun bool `yaml:"dry_run"`
	// FullLook is a cron expression: when everything is compared anew.
	FullLook string `yaml:"full_look"`
	// MaxMembers and MaxPercent are the blast radius: a change that would ban
	// more present members, or a larger share of a room, waits for a moderator.
	MaxMembers int `yaml:"max_members"`
	MaxPercent int `yaml:"max_percent"`
	// BanServerMembers also bans the members of a server that a rule denies.
	BanServerMembers bool          `yaml:"ban_server_members"`
	RecentLeavers    time.Duration `yaml:"recent_leavers"`
	IPLiterals       IPLiterals    `yaml:"ip_literals"`
	// HideProfiles leaves names and pictures out of bans, and removes those that there were.
	HideProfiles bool `yaml:"hide_profiles"`
	// RemoveByBans says whether bans ask homeservers to remove what was written, where that is to go.
	RemoveByBans RemoveByBans `yaml:"remove_by_bans"`
}

// RemoveByBans says how what those wrote is removed who are banned with it.
type RemoveByBans string

// The ways.
const (
	RemoveBoth   RemoveByBans = "both"    // by the ban, and for other homeservers each message by itself
	RemoveAtOnce RemoveByBans = "at-once" // by the ban alone, where our homeserver did it
	RemoveSingly RemoveByBans = "singly"  // each message by itself
)

// IPLiterals says what an ACL makes of servers that are named by an IP address.
type IPLiterals string

// What may become of them.
const (
	IPKeep  IPLiterals = "keep" // as the room has it
	IPAllow IPLiterals = "allow"
	IPDeny  IPLiterals = "deny"
)

// Protect holds what an operator may set about protections; moderators set the rest in
// chat.
type Protect struct {
	// ScamList is a file of hosts that are known to cheat; none if empty.
	ScamList string `yaml:"scam_list"`
}

// Log says what is logged.
type Log struct {
	Level string `yaml:"level"` // debug, info, warn or error
	JSON  bool   `yaml:"json"`
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Database:    Database{URL: "sqlite:forseti.db", KeepHistory: 365 * 24 * time.Hour},
		Commands:    Commands{Trust: "cross-signed", Prefixes: UsualPrefixes, InRooms: "trusted", Describe: true},
		Encryption:  Encryption{SendTo: "any", KeepEvidence: 30 * 24 * time.Hour},
		Enforcement: Enforce{FullLook: "@hourly", MaxMembers: 10, MaxPercent: 10, IPLiterals: IPKeep, RemoveByBans: RemoveBoth},
		Log:         Log{Level: "info"},
	}
}

// Load reads the file at path, then the environment, then the files that its
// …_file keys name, and checks the whole. Errors say file or variable, line and key.
//
// Without a file the environment must hold all that is needed, and path is empty.
func Load(path string, getenv func(string) string) (Config, error) {
	var text []byte
	if path != "" {
		var err error
		text, err = os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return Config{}, fmt.Errorf("there is no configuration at %s: make one with forseti init, or name another with --config or FORSETI_CONFIG", path)
		case err != nil:
			return Config{}, fmt.Errorf("configuration cannot be read: %w", err)
		}
	}
	c, places, err := parse(text)
	if err != nil {
		return Config{}, inFile(path, err)
	}
	wrong := c.override(getenv, places)
	wrong = append(wrong, c.readSecrets(places)...)
	if len(wrong) == 0 {
		wrong = c.check()
	}
	return c, places.locate(path, wrong)
}

// inFile puts the path before each mistake.
func inFile(path string, err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range several.Unwrap() {
			all = append(all, inFile(path, e))
		}
		return errors.Join(all...)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (c *Config) readSecrets(places places) (wrong []mistake) {
	for _, s := range []struct {
		key, path string
		value     *string
	}{
		{"homeserver.password", c.Homeserver.PasswordFile, &c.Homeserver.Password},
		{"homeserver.access_token", c.Homeserver.AccessTokenFile, &c.Homeserver.AccessToken},
		{"database.url", c.Database.URLFile, &c.Database.URL},
		{"encryption.key", c.Encryption.KeyFile, &c.Encryption.Key},
	} {
		if s.path == "" {
			continue
		}
		key := s.key + "_file"
		say := func(format string, args ...any) { wrong = append(wrong, mistake{key, fmt.Errorf(format, args...)}) }
		if *s.value != "" && places[s.key] != "" {
			say("and %s are both set: keep one", s.key)
			continue
		}
		text, err := os.ReadFile(s.path)
		secret := strings.TrimSpace(string(text))
		switch {
		case err != nil:
			say("%w", err)
		case secret == "":
			say("%s is empty", s.path)
		}
		*s.value = secret
	}
	return wrong
}
