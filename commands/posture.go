package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"forseti/commands/grammar"
	"forseti/sanction"
	"forseti/text"
)

// PostureDesk is what the commands about postures ask.
type PostureDesk interface {
	// Posture is what holds follows from.
	Posture() sanction.Watch
	Now() time.Time
}

// How long a posture can be ordered for.
const (
	leastPosture = time.Minute
	mostPosture  = 30 * 24 * time.Hour
)

func postureCommands(d PostureDesk) []*command {
	forSo := spanOf(leastPosture, mostPosture)
	return []*command{{
		name: "posture", family: "Protections", effect: sets,
		summary: "show how strict the protections are just now, or be stricter for a while",
		details: "`calm` is as everything is set. In `guarded`, `unattended` and `attack` protections let pass less and less, and in `attack` those against floods and campaigns are on also where they were off. " +
			"With `--close`, rooms that anybody can join are closed until then, and opened to what they were unless somebody has changed them since. With `--hush`, only members who are known (`why` says who is) can write until then, in all protected rooms: what it takes to write is raised above what everybody has, and that level is lent to them; all of it is given back but for what somebody has changed since. Bots and bridges that have no level of their own and have not written for long cannot write either: give them one before. It ends by itself, also if I was away then, and all is as it was set: nothing of what you set is changed by it. `calm` ends it at once.",
		params:   []param{{name: "posture", optional: true, doc: "`calm`, `guarded`, `unattended` or `attack`", value: postureValue}},
		flags:    []flag{{name: "for", value: &forSo, doc: "for how long; 2 hours for an attack and 12 for the others if left out"}, {name: "close", doc: "close the protected rooms that anybody can join: who wants to come in has to ask, or be invited in old rooms"}, {name: "hush", doc: "only members who are known can write in the protected rooms"}},
		examples: []string{"posture", "posture attack --for 2h", "posture attack --close", "posture attack --close --hush", "posture guarded", "posture calm"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return posture(c, d) },
	}, {
		name: "posture silence", family: "Protections", effect: sets,
		summary:  "be stricter when no moderator has said anything for a while",
		details:  "What any moderator says in the management room or a protected room counts. The posture is `unattended` then, and calm as soon as one of you says something.",
		params:   []param{{name: "after", doc: "after how long, such as `2h`, or `off`", value: spanOrOff(sanction.LeastSilence, sanction.MostSilence)}},
		examples: []string{"posture silence 2h", "posture silence off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return postureSilence(c, d) },
	}, {
		name: "posture hours", family: "Protections", effect: sets,
		summary:  "be stricter in certain hours of each day",
		params:   []param{{name: "hours", doc: "from when until when, by the clocks of your time zone, such as `23:00-07:00`, or `off`", value: hoursValue}},
		examples: []string{"posture hours 23:00-07:00", "posture hours off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return postureHours(c, d) },
	}}
}

var postureValue = value{hint: "posture", parse: func(_ *call, w grammar.Word) (any, error) {
	if p, ok := sanction.ParsePosture(w.Text); ok {
		return p, nil
	}
	var names []string
	for _, p := range sanction.Postures() {
		names = append(names, p.String())
	}
	return nil, noSuch("posture", w.Text, names, "There are `calm`, `guarded`, `unattended` and `attack`.")
}}

var hoursValue = value{hint: "hours", rest: true, parse: func(_ *call, w grammar.Word) (any, error) {
	if strings.EqualFold(w.Text, "off") {
		return sanction.Hours{}, nil
	}
	h, ok := sanction.ParseHours(w.Text)
	if !ok {
		return nil, refuse("%s are no hours. Write them as `23:00-07:00`, or `off`.", text.Code(w.Text))
	}
	return h, nil
}}

// spanOf reads a time within bounds.
func spanOf(least, most time.Duration) value {
	return value{hint: "time", parse: func(_ *call, w grammar.Word) (any, error) {
		d, ok := sanction.ParseSpan(strings.ToLower(w.Text))
		if !ok || d < least || d > most {
			return nil, refuse("%s does not fit: write a time with its unit from %s to %s, such as `90m` or `2h`.", text.Code(w.Text), sanction.Span(least), sanction.Span(most))
		}
		return d, nil
	}}
}

// spanOrOff is spanOf that also takes off, which is zero.
func spanOrOff(least, most time.Duration) value {
	of := spanOf(least, most)
	return value{hint: "time or off", parse: func(c *call, w grammar.Word) (any, error) {
		if strings.EqualFold(w.Text, "off") {
			return time.Duration(0), nil
		}
		return of.parse(c, w)
	}}
}

func posture(c *call, d PostureDesk) (Plan, error) {
	p, given := c.args["posture"].(sanction.Posture)
	lasts := option[time.Duration](c, "for")
	now := d.Now()
	closes, hush := option[bool](c, "close"), option[bool](c, "hush")
	switch {
	case closes && (!given || p == sanction.Calm):
		return Plan{}, refuse("Rooms are closed by a posture for a time. Write for example `!forseti posture attack --close`.")
	case hush && (!given || p == sanction.Calm):
		return Plan{}, refuse("Newcomers are kept from writing by a posture for a time. Write for example `!forseti posture attack --hush`.")
	case !given && lasts > 0:
		return Plan{}, refuse("Which posture, for that long? Write for example `!forseti posture attack --for 2h`.")
	case !given:
		return showPosture(c, d.Posture(), now), nil
	case p == sanction.Calm && lasts > 0:
		return Plan{}, refuse("Calm needs no time: it holds until something else does.")
	}
	change := Change{Kind: SetPosture, Name: p.String(), User: c.Sender, Sure: closes}
	if hush {
		change.Key = hushKey
	}
	if p != sanction.Calm {
		if lasts == 0 {
			lasts = p.Lasts()
		}
		change.Value = now.Add(lasts).UTC().Format(time.RFC3339)
	}
	return postured(c, change, d.Posture(), now), nil
}

func postureSilence(c *call, d PostureDesk) (Plan, error) {
	after := arg[time.Duration](c, "after")
	now := d.Now()
	return postured(c, Change{Kind: PostureSilence, Number: int(after / time.Second)}, d.Posture(), now), nil
}

func postureHours(c *call, d PostureDesk) (Plan, error) {
	h := arg[sanction.Hours](c, "hours")
	now := d.Now()
	value := ""
	if h != (sanction.Hours{}) {
		value = h.String()
	}
	return postured(c, Change{Kind: PostureHours, Value: value}, d.Posture(), now), nil
}

// postured is the plan of a change, which says what holds then.
func postured(c *call, change Change, w sanction.Watch, now time.Time) Plan {
	change.ApplyTo(&w, now)
	s, _ := w.At(now, c.names.Zone())
	said := PostureWords(s, w, c.names.Zone())
	switch change.Kind {
	case PostureSilence:
		said = text.Paragraphs(silenceWords(w), said)
	case PostureHours:
		said = text.Paragraphs(hoursWords(c, w), said)
	}
	p := Plan{Effect: "Then it would be so: " + said, Answer: said}
	p.change(change, "")
	p.harmless = true
	return p
}

func showPosture(c *call, w sanction.Watch, now time.Time) Plan {
	s, _ := w.At(now, c.names.Zone())
	return Plan{Answer: text.Paragraphs(PostureWords(s, w, c.names.Zone()), silenceWords(w), hoursWords(c, w),
		"`!forseti posture attack --for 2h` is stricter for a while, `!forseti posture calm` ends it.")}
}

func silenceWords(w sanction.Watch) string {
	if w.Silence == 0 {
		return "It does not become stricter when no moderator is there (`!forseti posture silence 2h` changes that)."
	}
	return fmt.Sprintf("When no moderator has said anything for %s it is `unattended`.", text.Span(w.Silence))
}

func hoursWords(c *call, w sanction.Watch) string {
	if w.Hours == (sanction.Hours{}) {
		return "It does not become stricter by the clock (`!forseti posture hours 23:00-07:00` changes that)."
	}
	return fmt.Sprintf("From %s %s it is `unattended` each day.", strings.Replace(w.Hours.String(), "-", " to ", 1), c.zoneName())
}

// PostureWords say which posture holds, why, and for how long, by the clocks of a zone.
func PostureWords(s sanction.Stance, w sanction.Watch, zone *time.Location) string {
	why := ""
	switch s.Source {
	case sanction.ByOrder:
		why = fmt.Sprintf(" (ordered by %s)", text.Code(string(s.By)))
	case sanction.ByWave:
		why = " (for a wave that came)"
	case sanction.ByHours:
		why = " (by the clock)"
	case sanction.BySilence:
		why = fmt.Sprintf(" (no moderator has said anything for %s; it ends when one does)", text.Span(w.Silence))
	}
	if !s.Until.IsZero() {
		why += " until " + stampIn(s.Until, zone)
	}
	said := fmt.Sprintf("The posture is **%s**%s. %s", s.Posture, why, s.Posture.Says())
	if s.Close {
		said += " Rooms that anybody could join are closed until then."
	}
	if s.Hush {
		said += " Only members who are known can write until then."
	}
	return said
}

// hushKey is the key of a posture in which only who is known can write.
const hushKey = "hush"

// ApplyTo makes a change of postures. To make it again changes nothing.
func (c Change) ApplyTo(w *sanction.Watch, now time.Time) {
	switch c.Kind {
	case SetPosture:
		p, _ := sanction.ParsePosture(c.Name)
		until, _ := time.Parse(time.RFC3339, c.Value)
		w.Set(sanction.Ordered{Posture: p, By: c.User, Until: until, Close: c.Sure && p != sanction.Calm, Hush: c.Key == hushKey && p != sanction.Calm}, now)
	case PostureSilence:
		w.Silence = time.Duration(c.Number) * time.Second
		w.Heard(now)
	case PostureHours:
		w.Hours, _ = sanction.ParseHours(c.Value)
	}
}
