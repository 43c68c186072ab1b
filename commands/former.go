package commands

import (
	"fmt"
	"strings"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// former are commands of other bots, on Matrix and elsewhere, that have another name here, by their names there.
var former = map[string]string{
	"add-unban": "exempt", "allow-invite": "", "bot-profile": "displayname", "capability reset": "shadow", "config get": "protections show",
	"config reset": "config set", "deactivate": "", "default": "list default", "directory add": "directory publish", "directory remove": "directory unpublish",
	"hijack room": "", "ignore": "exempt", "ignored": "rules", "joinwave status": "since", "lists create": "list create",
	"lists subscribe": "watch", "lists unsubscribe": "unwatch", "lock": "lockdown", "make admin": "", "pl": "powerlevel", "policy remove": "rule remove",
	"profile": "displayname", "protect": "rooms add", "protections capability": "shadow", "protections config reset": "protections config set",
	"quarantine-media": "images", "redact-recent": "redact", "remove-ban": "unban", "remove-policy": "unban", "remove-unban": "exempt end",
	"rooms protect": "rooms add", "rooms unprotect": "rooms remove", "search": "rules", "send-as-bot": "say", "shutdown room": "", "status joins": "since",
	"status protection": "protections show", "subscribe": "watch", "suspend": "", "toggleprotection": "enable", "unprotect": "rooms remove",
	"unrestrict": "", "unsubscribe": "unwatch", "unsuspend": "",
	"block": "ban", "clean": "redact", "delete": "redact", "info": "why", "knock": "join", "logs": "history", "move": "alias move", "purge": "redact",
	"raid": "posture", "safe mode": "status", "silence": "mute", "slowmode": "enable", "timeout": "mute", "warnings": "strikes", "whois": "why",
}

// formerFlags are options that are called otherwise elsewhere, by their names there.
var formerFlags = map[string]string{
	"count": "limit", "duration": "for", "force": "no-confirm", "list": "into", "reason": "because", "time": "for", "until": "for", "yes": "no-confirm",
}

// formerly says what a command of another bot is called here, by its first words; "" if it is none.
func formerly(words []grammar.Word) string {
	for n := min(len(words), 3); n > 0; n-- {
		var written []string
		for _, w := range words[:n] {
			written = append(written, strings.ToLower(w.Text))
		}
		name := strings.Join(written, " ")
		here, known := former[name]
		switch {
		case !known:
		case here == "":
			return fmt.Sprintf("%s needs a homeserver's administrator, and I am none. `!forseti help` shows what I do.", text.Code(name))
		default:
			return fmt.Sprintf("I know no command %s. What is nearest to it here is `!forseti %s`; `!forseti help %s` says how to write it.", text.Code(name), here, here)
		}
	}
	return ""
}

// kinds are the words that say in other bots of which kind an entity is. Here it follows from how
// that is written.
var kinds = map[string]policy.Kind{"user": policy.User, "server": policy.Server, "room": policy.RoomKind}

// saysKind tells whether the first of some words only says of which kind the second is.
func saysKind(words []grammar.Word) bool {
	if len(words) < 2 || words[0].Quoted {
		return false
	}
	kind, ok := kinds[strings.ToLower(words[0].Text)]
	e, err := parseEntity(words[1])
	return ok && err == nil && e.kind == kind
}
