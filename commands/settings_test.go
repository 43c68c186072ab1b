package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"forseti/protections"
	"forseti/protections/kit"
	"forseti/text"
)

type settingFake struct{ *world }

func (f settingFake) Past() []SettingChange { return f.whatWasSet }
func (f settingFake) Copy() SettingCopy     { return f.copied }

// A copy that cannot be read is written over only after a yes to what is lost.
func TestSettingsCopy(t *testing.T) {
	w := newWorld()
	expect(t, w, "settings copy", nil, "no copy yet", "`!forseti settings copy renew`")
	for _, of := range []struct {
		is      SettingCopy
		says    string
		acts    bool
		asks    bool
		becomes string
	}{
		{SettingCopy{}, "no copy yet", true, false, ""},
		{SettingCopy{Kept: true}, "older than how all is set", true, false, ""},
		{SettingCopy{Kept: true, Same: true}, "says how all is set now", false, false, ""},
		{SettingCopy{Kept: true, Unread: "it is damaged"}, "cannot read: it is damaged", true, true, "is lost by that"},
	} {
		w.copied = of.is
		expect(t, w, "settings copy", nil, of.says)
		p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, "settings copy renew")
		if len(p.Steps) > 0 != of.acts || p.Ask != "" != of.asks || !strings.Contains(p.Effect, of.becomes) {
			t.Errorf("%+v: %+v", of.is, p)
		}
	}
}

func TestSettings(t *testing.T) {
	w := newWorld()
	w.lists[0].Default = true
	w.whatWasSet = []SettingChange{
		{At: time.Unix(2e9, 0), By: mod, Name: "flooding within", Set: "protections config set flooding within …", From: "7s", To: "9s"},
		{At: time.Unix(1e9, 0), By: "@`*a*:hs", Name: "rule gone", Set: "rule edit gone …", From: "'true' then kick"},
		{At: time.Unix(1e9, 0), By: mod, Name: "flooding messages in !x:hs", Set: "protections config set flooding messages --room !x:hs …", To: "3"},
		{At: time.Unix(1e9, 0), By: mod, Name: "flooding", Set: "… flooding", From: "in shadow", To: "on"},
	}
	past := w.whatWasSet
	expect(t, w, "settings", nil, "`list default` is `coc`, otherwise `none`", "Changed last", "`flooding` is **off**: messages 10; **within `9s`** (otherwise `5s`)",
		"`rule no-drive-by` is `'trust() < KNOWN' then redact`: `!forseti rule edit no-drive-by …`", "`limits members` is `25`, otherwise `10`: `!forseti limits set members …`")
	expect(t, w, "settings Flooding WITHIN", nil, "`flooding within` is `9s`, otherwise `5s`: in which time.", "`7s` → `9s`, by `@mod:ours.example`", "To set it back: `!forseti protections config set flooding within 7s`", "!!since by itself")
	expect(t, w, "settings flooding", nil, "`flooding` is `off`, as usual", "It was changed since by itself", "To set it back: `!forseti shadow flooding`", "`flooding messages` is `10`, as usual")
	w.whatWasSet = append([]SettingChange{
		{At: time.Unix(2e9, 0), Why: "the posture", Name: PostureSet, From: "calm", To: "attack", Of: []string{"Flooding"}},
		{At: time.Unix(2e9, 0), Why: "its brake: it hit *many*", Name: "flooding", Set: "… flooding", From: "on", To: "off"},
	}, w.whatWasSet...)
	expect(t, w, "settings flooding", nil, "`on` → `off`, by its brake: it hit \\*many\\*", "the posture went from `calm` to `attack`", "To set it back: `!forseti enable flooding`", "!!since by itself")
	w.whatWasSet = w.whatWasSet[:1]
	expect(t, w, "settings flooding", nil, "the posture went from", "!!set it back", "!!as far as I remember")
	w.whatWasSet = past
	expect(t, w, "settings rule gone", nil, "not set any more", "`!forseti rule add gone 'true' then kick`")
	expect(t, w, "settings flooding messages in !x:hs", nil, "not set any more", "`!forseti protections config set flooding messages --room !x:hs 3`")
	expect(t, w, "settings limits", nil, "Settings of `limits`", "`limits percent`", "!!flooding")
	expect(t, w, "settings floodin", nil, "Did you mean `flooding`?")
	expect(t, w, "settings `x` *y*", nil, "There is no setting")
}

// Of all protections that there are, every setting is shown.
func TestAllSettingsFit(t *testing.T) {
	w := newWorld()
	w.protections = nil
	for _, k := range protections.Kinds() {
		w.protections = append(w.protections, ProtectionInfo{Name: k.Name, Summary: k.Summary, Settings: k.Settings(kit.Standing{}, "")})
	}
	last := w.protections[len(w.protections)-1]
	expect(t, w, "settings", nil, "`"+last.Name+"` is **off**", text.Escape(last.Settings[len(last.Settings)-1].Name, 60), "config set <protection>", "!!more line", "!!cut")
}

// What a setting is said to be changed by changes it: each is set to what it is, by the line that
// says so, and to what it was.
func TestSettingsAreSetByTheirCommands(t *testing.T) {
	w := newWorld()
	w.protections[0].Rooms = []LocalProtection{{Room: "!lobby:ours.example", Mode: kit.Shadow, Switched: true, Settings: []kit.Setting{{Name: "messages", Value: "3", Default: "10", Doc: "how many"}}}}
	seen := map[string]bool{}
	for _, s := range w.desks().Settings() {
		if seen[s.Name] {
			t.Errorf("there are two settings %s", s.Name)
		}
		seen[s.Name] = true
		if s.Group == "" || s.Doc == "" || !strings.Contains(s.Set, valueMark) {
			t.Errorf("%+v", s)
		}
		if strings.HasPrefix(s.Name, "watch ") || strings.HasPrefix(s.Name, "list exempt ") || s.Name == "rule no-drive-by" && s.Value == "" {
			continue // their fakes know other lists
		}
		line := setTo(s.Set, s.Value)
		if l, fits := newSet(w).read(line); !fits || l.command == nil || l.command.effect != sets {
			t.Errorf("%s is no command", line)
			continue
		}
		p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
		if p.Misread || p.Crash != "" {
			t.Errorf("%s: %+v", line, p)
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d settings", len(seen))
	}
}

// Every change of a command that sets is one of settings, but for those that are named here.
func TestEverySettingChangeIsRemembered(t *testing.T) {
	not := []ChangeKind{ // what is protected and watched, and what was learned, is shown by commands of its own
		Protect, Unprotect, FollowSpace, Watch, Unwatch, Enter, LeaveAgain, SetPosture, SetDuty, TakeSamples, ForgetSample, Release, Verify, BlockDevice, TrustDevice, Encrypt,
		CopySettings, ListenIn, LeaveAgain, BanImage, TakeImages, UnbanImage, MarkSpam, MarkHam, KeepBans,
	}
	for _, cmd := range newSet(newWorld()).commands {
		if cmd.effect != sets {
			continue
		}
		w := newWorld()
		w.roles, w.team = UsualRoles(), []Colleague{{User: mod, Level: 100}}
		for _, step := range newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, acting[cmd.name]).Steps {
			if step.Change != nil && step.Change.Sets() == slices.Contains(not, step.Change.Kind) {
				t.Errorf("%s: is %s a setting?", cmd.name, step.Change.Kind)
			}
		}
	}
}

// However much is set, and to whatever, the answer fits into an event, and calls nobody.
func TestManySettings(t *testing.T) {
	w := newWorld()
	hostile := "x`\n[y](z) <b>@room</b> " + strings.Repeat("ü&<", 2000)
	for i := range 60 {
		p := ProtectionInfo{Name: fmt.Sprint("p", i), Mode: kit.On}
		for j := range 20 {
			p.Settings = append(p.Settings, kit.Setting{Name: fmt.Sprint("s", j), Value: hostile, Default: "1"})
		}
		w.protections = append(w.protections, p)
	}
	for i := range 1000 {
		w.whatWasSet = append(w.whatWasSet, SettingChange{By: id.UserID(hostile[:255]), Name: pick(i%2 == 0, "p1 s1", hostile), Set: hostile + valueMark, From: hostile, To: hostile})
	}
	for _, line := range []string{"settings", "settings p1 s1", "settings p1"} {
		said := run(t, w, line).Markdown
		html := format.RenderMarkdown(said, true, false)
		var raw bytes.Buffer
		as := json.NewEncoder(&raw)
		as.SetEscapeHTML(false)
		err := as.Encode(event.MessageEventContent{Body: html.Body, FormattedBody: html.FormattedBody})
		if err != nil || raw.Len() > 45_000 || strings.Contains(html.FormattedBody, "<b>") || strings.Contains(html.FormattedBody, "<a") {
			t.Errorf("%s: %d bytes: %.2000s", line, raw.Len(), said)
		}
	}
}
