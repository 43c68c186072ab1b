package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"forseti/commands"
	"forseti/config"
	"forseti/protections"
)

// What other bots have, by the headings of the page under which each has its place.
var theirs = map[string]string{
	"Commands of Mjolnir and Draupnir": `ban, takedown, unban, policy remove, kick, redact, import, list create, watch, unwatch, default, rules, rules matching,
		rooms, rooms add, rooms remove, rooms setup, move, protections, protections show, protections enable, protections disable, enable, disable,
		protections config set, protections config add, protections config remove, protections config reset, config set, config add, config remove,
		config get, protections capability, capability reset, joinwave status, powerlevel, alias add, alias move, alias remove, directory add,
		directory remove, resolve, since, status, status protection, status joins, sync, verify, help, avatar, displayname, safe mode, ignore, ignored,
		deactivate, suspend, unsuspend, unrestrict, lock, unlock, shutdown room, hijack room, make admin, quarantine-media`,
	"Protections of Mjolnir and Draupnir": `BasicFlooding, BasicFloodingProtection, FirstMessageIsImage, FirstMessageIsImageProtection, FirstMessageIsLink,
		MessageIsMedia, MessageIsMediaProtection, MessageIsVideo, MessageIsVoice, MessageIsVoiceProtection, WordList, MentionLimit, MentionLimitProtection,
		MentionSpam, MembershipChange, MembershipChangeProtection, JoinWaveShortCircuit, JoinWaveShortCircuitProtection, NewJoiner, NewJoinerProtection,
		InvalidEvent, InvalidEventProtection, DetectFederationLag, NsfwProtection, MemberBanSynchronisation, ServerBanSynchronisation,
		PolicyChangeNotification, RedactionSynchronisation, BanPropagation, JoinRoomsOnInvite, RoomsSetBehaviour, TrustedReporters, LocalAbuseReports,
		RoomTakedown, BlockInvitationsOnServer, HomeserverUserPolicy, DraupnirNews`,
	"Configuration of Mjolnir and Draupnir": `homeserverUrl, rawHomeserverUrl, accessToken, pantalaimon, experimentalRustCrypto, dataPath, roomStateBackingStore,
		managementRoom, initialManager, autojoinOnlyIfManager, acceptInvitesFromSpace, noop, disableServerACL, automaticallyRedactForReasons,
		protectAllJoinedRooms, forwardMentionsToManagementRoom, backgroundDelayMS, commands.allowNoPrefix, commands.symbolPrefixes, commands.additionalPrefixes,
		commands.ban.defaultReasons, protections.wordlist, protections.newJoinerProtection, admin.enableMakeRoomAdminCommand, safeMode.bootOption,
		health.healthz, health.openMetrics, health.sentry, web, pollReports, displayReports, logLevel, recordIgnoredInvites, verifyPermissionsOnStartup`,
	"Commands of Meowlnir": `!join, !knock, !leave, !powerlevel, !pl, !redact, !redact-recent, !kick, !ban, !takedown, !remove-ban, !remove-unban,
		!remove-policy, !add-unban, !allow-invite, !match, !search, !send-as-bot, !suspend, !unsuspend, !deactivate, !bot-profile, !profile,
		!rooms list, !rooms info, !rooms protect, !protect, !rooms unprotect, !unprotect, !rooms delete, !rooms purge, !rooms block,
		!rooms delete-status, !lists, !lists subscribe, !subscribe, !watch, !lists unsubscribe, !unsubscribe, !unwatch, !lists create, !policyserver,
		!toggleprotection, !provision, !version, !help`,
	"Protections of Meowlnir": `no_media, anti_flood, max_mentions, join_rate, bad_words, bad_displaynames, insecure_registration, hacky_rule_filter,
		hacky_redact_patterns, room_ban_room, report_room`,
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// Each thing that another bot has is on the page that says what it is called here, and what
// it is called here exists.
func TestMigratingIsWholeAndTrue(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(folder(), "migrating.md"))
	if err != nil {
		t.Fatal(err)
	}
	ours := namesOfOurs()
	if len(ours) < 150 {
		t.Fatalf("only %d names are known", len(ours))
	}
	heading, rows := "", 0
	missing := map[string][]string{}
	for heading, names := range theirs {
		for name := range strings.SplitSeq(names, ",") {
			missing[heading] = append(missing[heading], strings.Join(strings.Fields(name), " "))
		}
	}
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if title, is := strings.CutPrefix(line, "## "); is {
			heading = title
		}
		there, here, row := strings.Cut(strings.Trim(line, "|"), " | ")
		if !strings.HasPrefix(line, "|") || !row || strings.TrimSpace(there) == "there" {
			continue
		}
		rows++
		missing[heading] = slices.DeleteFunc(missing[heading], func(name string) bool { return rowHas(there, name) })
		for _, span := range codeSpan.FindAllStringSubmatch(here, -1) {
			if !isOurs(ours, span[1]) {
				t.Errorf("%s: %q is nothing of ours, of %q", heading, span[1], strings.TrimSpace(there))
			}
		}
		if said := strings.TrimSpace(here); said == "not yet" || strings.HasPrefix(said, "not yet;") {
			for _, span := range codeSpan.FindAllStringSubmatch(there, -1) {
				if ours[strings.TrimPrefix(span[1], "!")] {
					t.Errorf("%s: we have %q by now", heading, span[1])
				}
			}
		}
		if len(strings.TrimSpace(here)) == 0 {
			t.Errorf("nothing is said of %q", there)
		}
	}
	for heading, names := range missing {
		if len(names) > 0 {
			t.Errorf("%s: nothing is said of %q", heading, names)
		}
	}
	if rows < 100 {
		t.Errorf("only %d rows were found", rows)
	}
}

// rowHas tells whether a row is about something by name, in code or not.
func rowHas(cell, name string) bool {
	plain := strings.ReplaceAll(cell, "`", "")
	return slices.ContainsFunc(regexp.MustCompile(`, | of `).Split(strings.TrimSpace(plain), -1), func(one string) bool { return one == name })
}

func isOurs(ours map[string]bool, span string) bool {
	words := strings.Fields(strings.TrimPrefix(span, "!forseti "))
	for n := len(words); n > 0; n-- {
		if ours[strings.Join(words[:n], " ")] {
			return true
		}
	}
	return false
}

// namesOfOurs are all commands, options, protections, settings and keys of the configuration.
func namesOfOurs() map[string]bool {
	names := map[string]bool{"word*": true, "forseti init": true}
	for _, found := range regexp.MustCompile(`(?m)^### (.+)$|^Also: (.+)\.$`).FindAllStringSubmatch(commands.Reference(), -1) {
		for name := range strings.SplitSeq(found[1]+found[2], ", ") {
			names[strings.Trim(name, "`")] = true
		}
	}
	for _, found := range regexp.MustCompile("(?m)^- `(--[a-z-]+)").FindAllStringSubmatch(commands.Reference(), -1) {
		names[found[1]] = true
	}
	for _, found := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` ").FindAllStringSubmatch(config.Reference(), -1) {
		names[found[1]] = true
	}
	for _, found := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` ").FindAllStringSubmatch(protections.Reference(), -1) {
		names[found[1]] = true
	}
	for _, kind := range protections.Kinds() {
		names[kind.Name] = true
	}
	return names
}
