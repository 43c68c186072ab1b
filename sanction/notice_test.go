package sanction

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for step, want := range map[Step]string{
		Warn: "Hello! In Lobby something that you wrote was removed. The reason: \\*rude\\* . Nothing else was done. If",
		Mute: "Hello! In Lobby you cannot write for 1 hour and 30 minutes. The reason: \\*rude\\* . After that you can, without doing anything. If",
		Kick: "Hello! In Lobby you were removed from the room. The reason: \\*rude\\* . You may come back. If",
		Ban:  "Hello! In Lobby you were banned for 1 hour and 30 minutes. The reason: \\*rude\\* . After that you may come back. If",
		None: "", Alert: "", Redact: "",
	} {
		v := Verdict{Step: step, Ends: start.Add(90 * time.Minute)}
		got := Wording{Template, Here, Appeal}.Words("Lobby", v, "*rude* ", start)
		if got != "" {
			got, _, _ = strings.Cut(got, " you think")
		}
		if strings.ReplaceAll(got, " .", ".") != strings.ReplaceAll(want, " .", ".") {
			t.Errorf("%s: %q", step, got)
		}
	}
	if got := (Wording{Template: "{what}. {then}"}).Words("Lobby", Verdict{Step: Takedown}, "", start); got != "you were banned. You cannot come back." {
		t.Errorf("for good: %q", got)
	}
	if got := (Wording{Template: "{appeal}, {case}", Appeal: "write to @help:hs"}).Words("Lobby", Verdict{Step: Warn, Entry: Entry{Case: 12}}, "", start); got != "write to @help:hs, 12" {
		t.Errorf("to appeal: %q", got)
	}
	// What one part says is not read as another.
	if got := (Wording{Template: "{why} {room} {appeal}", Appeal: "{then}"}).Words("{then}", Verdict{Step: Warn}, "{room}", start); strings.Contains(got, "Nothing else") {
		t.Errorf("filled in twice: %q", got)
	}
}

// In a room a user is called by a name that is nothing but one, or else by their ID.
func TestHereWords(t *testing.T) {
	for name, want := range map[string]string{
		"Bob": "Bob", "Ana María O'Neil": "Ana María O'Neil", "علي": "علي", "李 小龙": "李 小龙", "नमस्ते": "नमस्ते", "a_b": `a\_b`,
		"": "`@u:hs`", "  ": "`@u:hs`", "@room": "`@u:hs`", "@mod:hs": "`@u:hs`", "evil.example": "`@u:hs`", "https://x": "`@u:hs`", "<b>": "`@u:hs`",
		"[a](b)": "`@u:hs`", "||x||": "`@u:hs`", "a\u200bb": "ab", "Bob\nand more": "Bob and more", strings.Repeat("x", 31): "`@u:hs`", "#room": "`@u:hs`", "`": "`@u:hs`",
	} {
		if got := Called("@u:hs", name); got != want {
			t.Errorf("%q is called %s", name, got)
		}
	}
	v := Verdict{Step: Mute, Ends: start.Add(time.Hour), Entry: Entry{Case: 5}}
	if got := (Wording{}).HereWords("Bob", "Lobby", v, "*rude*", start); got != `Bob: you cannot write for 1 hour. The reason: \*rude\*. After that you can, without doing anything.` {
		t.Errorf("told %q", got)
	}
	if got := (Wording{Here: "{who} {case} {appeal}", Appeal: "{who}"}).HereWords("{case}", "", v, "", start); got != "{case} 5 {who}" {
		t.Errorf("filled in twice: %q", got)
	}
	for template, wrong := range map[string]string{
		Here: "", "{who} {room} {appeal} {case}": "", "You broke a rule.": "{who}", "": "nothing", "{who} {whom}": "can fill in", "{{who}}": "can fill in", "{r{who}oom} {who}": "can fill in",
	} {
		if err := CheckHere(template); (err != nil) != (wrong != "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", template, err)
		}
	}
	if CheckTemplate("{who}") == nil {
		t.Error("a direct chat says who is told")
	}
	for written, want := range map[string]string{"warn": "warn", "mute, warn": "warn mute", "none": "none", "kick": "", "ban warn": "", "x": ""} {
		if got, err := ParseHere(written); (err != nil) != (want == "") || err == nil && got.String() != want {
			t.Errorf("%q: %s, %v", written, got, err)
		}
	}
}

func TestCheckTemplate(t *testing.T) {
	for template, wrong := range map[string]string{
		Template: "", "You broke a rule.": "", "": "nothing", " \n": "nothing", "{whom}": "{room}, {what}", "a { b": "{room}, {what}",
		strings.Repeat("é", mostTemplate): "", strings.Repeat("é", mostTemplate+1): "more than 1000",
		"{" + strings.Repeat("x", 900) + "}": "{room}, {what}",
	} {
		err := CheckTemplate(template)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong) || len(err.Error()) > 200) {
			t.Errorf("%.30q: %v", template, err)
		}
	}
}

func TestStepsToTell(t *testing.T) {
	for written, want := range map[string]string{"": "none", "none": "none", "Ban, WARN ban": "warn ban", "mute": "mute"} {
		if got, err := ParseSteps(written); err != nil || got.String() != want {
			t.Errorf("%q: %s, %v", written, got, err)
		}
	}
	for _, written := range []string{"redact", "alert", "all", "list-ban", "warn;mute"} {
		if got, err := ParseSteps(written); err == nil {
			t.Errorf("%q: %s", written, got)
		}
	}
	s, _ := ParseSteps("mute ban")
	for step := None; step <= Takedown; step++ {
		if s.Has(step) != (step == Mute || step >= Ban) {
			t.Errorf("%s: %v", step, s.Has(step))
		}
	}
}

// However many offend, in whatever order: nobody hears of us twice within an hour, and no
// more than so many do.
func TestTact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var tact Tact
		now := start
		told := map[id.UserID][]time.Time{}
		var all []time.Time
		for range rapid.IntRange(1, 200).Draw(rt, "offences") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(rt, "pause")))
			u := id.UserID(fmt.Sprint("@u", rapid.IntRange(0, 50).Draw(rt, "user"), ":hs"))
			lately := func(times []time.Time) (n int) {
				for _, at := range times {
					if now.Sub(at) < tactPause {
						n++
					}
				}
				return n
			}
			may := lately(told[u]) == 0 && lately(all) < tactMost
			if tact.May(u, now) != may {
				rt.Fatalf("%s may be told: %v", u, !may)
			}
			if may {
				tact.Told(u, now)
				told[u], all = append(told[u], now), append(all, now)
			}
		}
		if len(tact.told) > tactMost {
			rt.Fatalf("%d remembered", len(tact.told))
		}
	})
}
