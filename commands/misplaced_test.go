package commands

import (
	"strings"
	"testing"
)

// Where, for how long and how many, written as in other bots or as people say it, is no reason, and nothing is done
// otherwise than it was meant.
func TestOptionsAreNotLostIntoTheReason(t *testing.T) {
	for line, want := range map[string]string{
		"kick @spam1:evil.example #lobby:ours.example":                            "`--room #lobby:ours.example`",
		"kick @spam1:evil.example !lobby:ours.example be kind":                    "`--room !lobby:ours.example`: without that it is done in all rooms",
		"kick @spam1:evil.example https://matrix.to/#/%23lobby:ours.example spam": "Is `https://matrix.to/#/%23lobby:ours.example` where?",
		"mute @spam1:evil.example #lobby:ours.example":                            "`--room #lobby:ours.example`",
		"warn @spam1:evil.example #lobby:ours.example be kind":                    "`--room #lobby:ours.example`",
		"redact @spam1:evil.example #lobby:ours.example 20":                       "`--room #lobby:ours.example`",
		"redact @spam1:evil.example 20":                                           "Is `20` how many? Then write it as `--limit 20`.",
		"redact @spam1:evil.example 2h":                                           "Is `2h` how far back? Then write it as `--since 2h`.",
		"ban @spam1:evil.example 7d":                                              "Is `7d` for how long? Then write it as `--for 7d`.",
		"ban @spam1:evil.example coc 1w2d spam":                                   "`--for 1w2d`",
		"ban @spam1:evil.example coc for 7 days":                                  "Is `for 7 days` for how long? Then write it as `--for 7d`.",
		"ban @spam1:evil.example 7 Days, spam":                                    "`--for 7d`",
		"ban @spam1:evil.example 7days":                                           "`--for 7d`",
		"mute @spam1:evil.example 2h loud":                                        "`--for 2h`",
		"mute @spam1:evil.example too loud for 2 hours":                           "Is `for 2 hours` for how long?",
		"mute @spam1:evil.example too loud for 30m":                               "`--for 30m`",
	} {
		said := expect(t, newWorld(), line, nil, want, "put the reason in quotes", "Usage")
		if said.Ask || !said.Plan.Misread {
			t.Errorf("%s is no mistake: %s", line, said.Markdown)
		}
	}
	for _, line := range []string{
		`kick @spam1:evil.example "#lobby:ours.example is no place for this"`, "kick @spam1:evil.example -- #lobby:ours.example is no place for this", "kick @spam1:evil.example #rules, please",
		`ban @spam1:evil.example "7d"`, "ban @spam1:evil.example 7d of spam --for 7d", "ban @spam1:evil.example 3 warnings", "ban @spam1:evil.example for spam", "ban @spam1:evil.example 7dogs", "ban @spam1:evil.example days",
		"ban @spam1:evil.example asks for 5d prints", "ban @spam1:evil.example told twice, 7 days ago", "kick @spam1:evil.example 2h of spam", "redact @spam1:evil.example 20 --limit 5", "redact @spam1:evil.example 3rd time",
		"redact @spam1:evil.example said it for 2h", "ban @spam1:evil.example 99999999999999d",
	} {
		w := newWorld()
		if said := run(t, w, line); len(w.done) == 0 || strings.Contains(said.Markdown, "put the reason in quotes") {
			t.Errorf("%s: %s", line, said.Markdown)
		}
	}
}

// The same where there is no reason: a time without its option is asked about, and all is all.
func TestTimesWithoutTheirOption(t *testing.T) {
	for line, want := range map[string]string{
		"lockdown 1h": "Is `1h` for how long? Then write it as `--for 1h`.", "lockdown #lobby:ours.example for 30m": "`--for 30m`", "lockdown for 2 hours": "`--for 2h`",
		"posture attack 2h": "`--for 2h`", "posture attack for 2h": "`--for 2h`", "stats 30d": "Is `30d` how far back? Then write it as `--since 30d`.", "cases 30d": "`--since 30d`",
		"ban @u:hs --reason spam": "Did you mean `--because`?", "ban @u:hs --list coc": "Did you mean `--into`?", "mute @u:hs --duration 2h": "Did you mean `--for`?",
		"redact @u:hs --count 5": "Did you mean `--limit`?", "ban @*:hs --force": "Did you mean `--no-confirm`?", "kick @u:hs --list coc": "There is no option `--list` here.",
	} {
		expect(t, newWorld(), line, nil, want)
	}
	for _, line := range []string{"history @u:hs 2d", "history 2d", "since 2h", "lockdown #lobby:ours.example --for 1h", "lockdown all", "unlock all", "audit rooms all", "acl all"} {
		if p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod}, line); p.Misread {
			t.Errorf("%s: %s", line, p.Answer)
		}
	}
}
