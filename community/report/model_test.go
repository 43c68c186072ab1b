package report_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/community/report"
)

// model knows of each thing that somebody wanted how it ended, and nothing of messages.
type model struct {
	*chat
	open     map[string]wanted
	commands []id.EventID        // as they were answered
	begun    map[id.EventID]bool // and not answered
	ends     map[id.EventID]map[string]int
	notices  map[string]int // things done that were nobody's command
	number   int
}

type wanted struct {
	action  action.Action
	command id.EventID // "" if nobody waits
}

func (m *model) Init(*rapid.T) {
	m.chat = newChat()
	m.open, m.begun, m.ends, m.notices = map[string]wanted{}, map[id.EventID]bool{}, map[id.EventID]map[string]int{}, map[string]int{}
}

func (m *model) id(kind string) string {
	m.number++
	return fmt.Sprintf("%s%d", kind, m.number)
}

// whom is users by their names, or some of them and how many more there are.
const whom = "((?:`[^`]*`(?:, | and )?)+(?:\\d+ more users?)?)"

var more = regexp.MustCompile(`(\d+) more users?$`)

// fates and how a reply says them; every user and message of the model is another one.
var said = map[string]*regexp.Regexp{
	"ban done":          regexp.MustCompile("Banned " + whom),
	"ban would":         regexp.MustCompile("Would ban " + whom),
	"ban refused":       regexp.MustCompile("Did not ban " + whom + " in [^:`]*: no power"),
	"ban superseded":    regexp.MustCompile("Did not ban " + whom + " in [^:`]*: a newer"),
	"ban dropped":       regexp.MustCompile("No need any more to ban " + whom),
	"redact done":       regexp.MustCompile(`Removed (\d+) message`),
	"redact would":      regexp.MustCompile(`Would remove (\d+) message`),
	"redact refused":    regexp.MustCompile(`Did not remove (\d+) messages? in [^:]*: no power`),
	"redact superseded": regexp.MustCompile(`Did not remove (\d+) messages? in [^:]*: a newer`),
	"redact dropped":    regexp.MustCompile(`No need any more to remove (\d+) message`),
}

func count(text string) map[string]int {
	got := map[string]int{}
	for what, re := range said {
		for _, hit := range re.FindAllStringSubmatch(text, -1) {
			n, err := strconv.Atoi(hit[1])
			if err != nil {
				n = strings.Count(hit[1], "`") / 2
				if others := more.FindStringSubmatch(hit[1]); others != nil {
					rest, _ := strconv.Atoi(others[1])
					n += rest
				}
			}
			got[what] += n
		}
	}
	return got
}

func (m *model) run() id.EventID {
	command := id.EventID(m.id("$c"))
	m.Replies.Begin(command, m.now)
	m.begun[command] = true
	m.ends[command] = map[string]int{}
	return command
}

func (m *model) want(t *rapid.T, cause action.Cause, command id.EventID) {
	room := rapid.SampledFrom([]string{"Lobby", "Dev", "Art"}).Draw(t, "room")
	a := ban(m.id("u"), room, cause)
	if rapid.Bool().Draw(t, "redact") {
		a = action.Action{Verb: action.Redact, Room: a.Room, Event: id.EventID(m.id("$m")), Cause: cause}
	}
	m.opened(a)
	m.open[m.id("o")] = wanted{a, command}
}

func (m *model) some(t *rapid.T) (string, wanted) {
	keys := make([]string, 0, len(m.open))
	for k := range m.open {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if len(keys) == 0 {
		t.Skip("nothing is open")
	}
	k := rapid.SampledFrom(keys).Draw(t, "open")
	return k, m.open[k]
}

func (m *model) answer(command id.EventID) {
	m.Replies.Answer(report.Answer{Command: command, Text: "Text of " + string(command) + "."}, m.now)
	delete(m.begun, command)
	m.commands = append(m.commands, command)
}

func (m *model) end(k string, f action.Fate) {
	w := m.open[k]
	delete(m.open, k)
	why := map[action.Fate]string{action.Refused: "no power", action.Superseded: "a newer wish"}[f]
	m.ended(w.action, f, why)
	what := string(w.action.Verb) + " " + string(f)
	switch {
	case w.command != "":
		m.ends[w.command][what]++
	case f == action.Done || f == action.Would || f == action.Refused:
		m.notices[what]++
	}
}

func actions(m *model) map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"command": func(t *rapid.T) {
			command := m.run()
			for range rapid.IntRange(0, 5).Draw(t, "direct") {
				m.want(t, asked(command), command)
			}
			if rapid.Bool().Draw(t, "writes a rule") {
				evt := id.EventID(m.id("$r"))
				m.Replies.Following(command, m.now)
				for range rapid.IntRange(0, 5).Draw(t, "effects") {
					m.want(t, rule(evt, "@spam*:evil.example"), command)
				}
				m.Replies.Following("", m.now)
			}
		},
		"answer": func(t *rapid.T) {
			for _, command := range slices.Sorted(maps.Keys(m.begun)) {
				m.answer(command)
				return
			}
		},
		"rule": func(t *rapid.T) {
			evt := id.EventID(m.id("$r"))
			for range rapid.IntRange(1, 5).Draw(t, "effects") {
				m.want(t, rule(evt, "@x:evil.example"), "")
			}
		},
		"end": func(t *rapid.T) {
			k, _ := m.some(t)
			m.end(k, rapid.SampledFrom([]action.Fate{action.Done, action.Done, action.Would, action.Refused, action.Superseded, action.Dropped}).Draw(t, "fate"))
		},
		"hinder": func(t *rapid.T) {
			_, w := m.some(t)
			kind := rapid.SampledFrom([]action.FailureKind{action.RateLimited, action.Transient}).Draw(t, "kind")
			if kind == action.RateLimited {
				m.Hindered(action.Hindrance{Action: w.action, Kind: kind, Why: "slow"}, m.now)
			}
		},
		"limited": func(t *rapid.T) {
			m.Limited(map[action.Lane]int{action.MemberLane: len(m.open)}, m.now.Add(time.Second), m.now)
		},
		"dry":  func(t *rapid.T) { m.Dry(rapid.Bool().Draw(t, "dry")) },
		"slow": func(t *rapid.T) { m.slow = true },
		"land": func(t *rapid.T) { m.land() },
		"down": func(t *rapid.T) { m.down = !m.down },
		"say":  func(t *rapid.T) { m.Say(m.id("say"), action.Message{Markdown: "Something."}) },
		"problem": func(t *rapid.T) {
			m.Problems.Tell(report.Key{Kind: report.Other, Subject: m.id("p")}, "Mend "+m.id("p")+".", m.now)
		},
		"pass": func(t *rapid.T) {
			m.pass(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * rapid.SampledFrom([]time.Duration{time.Millisecond, 20 * time.Millisecond}).Draw(t, "unit"))
		},
		"": func(*rapid.T) {},
	}
}

// Whatever happens in whatever order: each command has one reply, in the order of the commands, whose last text counts
// exactly what came of it; all else is told once, in notices; and then nothing is left.
func TestEverythingIsToldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{}
		m.Init(t)
		t.Repeat(actions(m))
		m.down = false
		m.land()
		m.Dry(false)
		for _, command := range slices.Sorted(maps.Keys(m.begun)) {
			m.answer(command)
		}
		for k := range m.open {
			m.end(k, action.Done)
		}
		m.pass(10 * time.Minute)
		m.pass(10 * time.Minute)

		var order []id.EventID
		notices := map[string]int{}
		for _, msg := range m.messages {
			if msg.replyTo != "" {
				order = append(order, msg.replyTo)
				continue
			}
			for what, n := range count(msg.text) {
				notices[what] += n
			}
		}
		if !slices.Equal(order, m.commands) {
			t.Fatalf("answered in the order %v, given %v\n%s", order, m.commands, m.log.String())
		}
		for _, command := range m.commands {
			msg := m.replies(command)[0]
			if !strings.HasPrefix(msg.text, "Text of "+string(command)+".") || fmt.Sprint(count(msg.text)) != fmt.Sprint(m.ends[command]) {
				t.Fatalf("%s: %q, and it was %v\n%s", command, msg.text, m.ends[command], m.log.String())
			}
			if strings.Contains(msg.text, "Still to do") {
				t.Fatalf("%s ends with %q", command, msg.text)
			}
		}
		slices.Sort(m.answered)
		all := slices.Sorted(slices.Values(m.commands))
		if !slices.Equal(m.answered, all) {
			t.Fatalf("finished %v of %v", m.answered, all)
		}
		if !strings.Contains(m.log.String(), "more decision") && fmt.Sprint(notices) != fmt.Sprint(m.notices) {
			t.Fatalf("notices tell %v, and it was %v\n%s", notices, m.notices, m.log.String())
		}
		if n := m.Size(); n > 0 {
			t.Fatalf("%d things are remembered at the end", n)
		}
	})
}
