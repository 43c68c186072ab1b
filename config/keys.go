package config

// key describes one key of the file. The reference, the variables of the environment,
// the file that init writes, and the suggestion for a mistyped key all come from here.
type key struct {
	name    string // with its section, by dots
	kind    string // what to write
	example string // what a new file shows, commented out unless init sets it
	doc     string
}

func keys() []key {
	return []key{
		{"homeserver.address", "a server name or URL", "example.org", "Where the bot's account is. A server name is looked up by .well-known."},
		{"homeserver.user", "a user ID", `"@forseti:example.org"`, "The bot's account. Not needed with an access token."},
		{"homeserver.password", "text", `"…"`, "Used if there is no stored login, or if that is no longer good. The login itself is kept in the database."},
		{"homeserver.password_file", "a path", "/run/secrets/password", "A file that holds the password."},
		{"homeserver.access_token", "text", `"…"`, "Instead of a password. It wins over a stored login."},
		{"homeserver.access_token_file", "a path", "/run/secrets/token", "A file that holds the access token."},
		{"management_room", "a room ID", `"!…"`, "Where moderators command. All who are joined there are moderators."},
		{"database.url", "sqlite:PATH or postgres://…", "sqlite:forseti.db", "Where the bot keeps what it knows. It holds the login: keep it to yourself."},
		{"database.url_file", "a path", "/run/secrets/database", "A file that holds the URL."},
		{"database.keep_history", "a duration, such as 24h", "8760h", "How long it is kept what was done, asked and reported. What still matters stays: bans that hold, what is open. 0s keeps all of it."},
		{"commands.trust", "any, cross-signed or verified", "cross-signed", "From which devices commands are obeyed in an encrypted management room. cross-signed: their owner vouches for them; verified: and a moderator compared emoji with the bot."},
		{"commands.prefixes", "names with spaces between them, usual or none", "usual", "Names of other bots that this one answers to as well: with `mjolnir`, to `!mjolnir status`. usual: `mjolnir` and `draupnir`, while no other bot is in the management room. Names that stand here are heard in any case."},
		{"commands.roles", "true or false", "false", "Power levels in the management room decide who may do what: from 0 on look, from 50 on moderate, from 100 on administer. Without it all who are in the room may do everything. `forseti init` sets it for a room that it makes. `!forseti roles set` overrides it."},
		{"commands.bare", "true or false", "false", "Also hear commands without a name: `!status`. `!help` is answered without it, while no other bot is in the management room."},
		{"commands.in_rooms", "trusted, all or off", "trusted", "In which protected rooms moderators may also write `ban`, `takedown`, `kick`, `mute`, `warn`, `redact`, `spam` and `not spam`, in reply to the message in question; it is removed at once, and answered in the management room. trusted: where it is as sure who wrote it as in the management room: if that is encrypted, in encrypted rooms, from the devices that `commands.trust` says. all: also in rooms that are not encrypted, where the homeserver's word is all there is."},
		{"commands.describe", "true or false", "true", "Write into the state of the management room which commands there are, one after another while there is nothing else to do, so that clients that know how can offer them and have them filled in (MSC4391)."},
		{"commands.say", "true or false", "false", "Moderators who may administer can have the bot say something in a protected room: `say`."},
		{"encryption.key", "text", `"…"`, "What the bot's keys are encrypted with in the database; forseti init makes one. Without it the bot stays out of encrypted conversations. Keep a copy: if it is lost, so are the keys."},
		{"encryption.key_file", "a path", "/run/secrets/encryption", "A file that holds the key."},
		{"encryption.send_to", "any, cross-signed or verified", "any", "Which devices may read what the bot says in encrypted rooms."},
		{"encryption.share_keys", "true or false", "false", "Also give the keys of messages to verified devices of moderators that ask for them."},
		{"encryption.keep_evidence", "a duration, such as 24h", "720h", "How long the messages that were acted on are kept, encrypted."},
		{"enforcement.dry_run", "true or false", "false", "Start by only saying what would be done. Moderators change it by `!forseti dry-run`."},
		{"enforcement.full_look", "a schedule", `"@hourly"`, "When all rooms and lists are read anew, as @hourly, @daily or a cron line."},
		{"enforcement.max_members", "a whole number", "10", "One change that would ban more members than this waits for a moderator's yes. Moderators change it by `!forseti limits set`."},
		{"enforcement.max_percent", "1 to 100", "10", "Likewise for more than this share of a room of 20 or more."},
		{"enforcement.ban_server_members", "true or false", "false", "A rule against a server also bans its members, besides the server ACL."},
		{"enforcement.recent_leavers", "a duration, such as 24h", "0s", "Also ban who matches a rule and left less than this ago, such as 24h."},
		{"enforcement.ip_literals", "keep, allow or deny", "keep", "Whether servers named by an IP address may enter: as the room has it, always, or never."},
		{"enforcement.hide_profiles", "true or false", "false", "Leave the name and picture of whom the bot bans out of the ban, and remove those that they had in the room, so that it shows their ID only. Moderators who read the room then see IDs too."},
		{"enforcement.remove_by_bans", "both, at-once or singly", "both", "How messages go that are removed with a ban, as by `ban --redact`, of who came into the room within a day. `both`: the ban asks homeservers to remove them (MSC4293); if yours did, they are removed one by one only in rooms with users of other homeservers, which need not know that. `at-once`: in no room, so that homeservers that do not know it go on showing them. `singly`: the ban asks nothing, and each is removed by itself."},
		{"protections.scam_list", "a path", "/var/lib/forseti/scams.txt", "A file of hosts that are known to cheat, one on a line or as a hosts file; the protection `links` removes links to them and to what is below them. It is read anew when it changes."},
		{"log.level", "debug, info, warn or error", "info", "How much is logged, to standard error."},
		{"log.json", "true or false", "false", "Log JSON lines instead of text."},
	}
}
