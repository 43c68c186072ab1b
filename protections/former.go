package protections

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"forseti/protections/kit"
	"forseti/text"
	"forseti/wire"
)

// Former is what Mjolnir or Draupnir have stored of their protections: the names of those
// that are on in account data, and how each is set in the state of their management room.
// All of it is read as if strangers had written it.
type Former struct {
	enabled  []string
	settings map[string]json.RawMessage
	pretends map[string]bool // by the simulated consequences of Draupnir
}

// The bounds of what is read.
const (
	mostFormer    = 100
	longestFormer = 100
)

// Enabled takes in the account data org.matrix.mjolnir.enabled_protections.
func (f *Former) Enabled(content json.RawMessage) {
	f.enabled = wire.Read(content).Texts("enabled", mostFormer, longestFormer)
}

// Set takes in the state org.matrix.mjolnir.setting of a protection.
func (f *Former) Set(protection string, content json.RawMessage) {
	if f.settings == nil {
		f.settings = map[string]json.RawMessage{}
	}
	if len(f.settings) < mostFormer && len(protection) <= longestFormer {
		f.settings[protection] = content
	}
}

// Provided takes in the state me.marewolf.draupnir.set_capability_provider of a protection:
// one of which all consequences are simulated only told what it would have done.
func (f *Former) Provided(protection string, content json.RawMessage) {
	simulated, real := 0, 0
	wire.Each(content, func(_, value []byte) {
		switch name := wire.Read(value).Short("capability_provider_name", longestFormer); {
		case strings.HasPrefix(name, "Simulated"):
			simulated++
		case name != "":
			real++
		}
	})
	if f.pretends == nil {
		f.pretends = map[string]bool{}
	}
	if len(f.pretends) < mostFormer && len(protection) <= longestFormer {
		f.pretends[protection] = simulated > 0 && real == 0
	}
}

// Adopted is what becomes of it, with what moderators are told.
type Adopted struct {
	To      Arrangement
	Came    []string // a line each, in Markdown
	Missing []string // what has no counterpart
}

// Over is what was stored, laid over how protections are set by now.
func (f Former) Over(now Arrangement) (a Adopted) {
	names := slices.Clone(f.enabled)
	for name := range f.settings {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		on := slices.Contains(f.enabled, name)
		c, known := counterpartOf(name)
		switch {
		case known && c.ours == "":
			if on && c.note != "" {
				a.Missing = append(a.Missing, fmt.Sprintf("%s: %s", text.Code(name), c.note))
			}
		case known:
			f.adopt(name, c, on, now, &a)
		case on:
			a.Missing = append(a.Missing, fmt.Sprintf("%s: nothing of mine does that", text.Code(text.Clip(name, 60))))
		}
	}
	return a
}

// adopt lays one of theirs over its counterpart.
func (f Former) adopt(name string, c counterpart, on bool, now Arrangement, a *Adopted) {
	one, ok := a.To.Find(c.ours)
	if !ok {
		one, ok = now.Find(c.ours)
	}
	if !ok {
		return
	}
	v := carried{kind: one.Kind, values: one.Standing.Own(""), adds: a.has(c.ours) || !c.alone && one.Standing.Mode != kit.Off}
	if on {
		for i := 0; i+1 < len(c.sets); i += 2 {
			v.set(c.sets[i], c.sets[i+1])
		}
	}
	if v.numbers(c.numbers, f.settings[name]) && c.with != "" {
		v.set(c.with, c.value)
	}
	mode := one.Standing.Mode
	switch {
	case on && f.pretends[name] && mode == kit.Off:
		mode = kit.Shadow
	case on && !f.pretends[name]:
		mode = kit.On
	}
	for _, key := range v.lost {
		a.Missing = append(a.Missing, fmt.Sprintf("%s of %s", text.Code(key), text.Code(name)))
	}
	if !on && len(v.changed) == 0 {
		return
	}
	one.Standing = one.Standing.WithMode("", mode).WithValues("", v.values)
	if i := slices.IndexFunc(a.To, func(other Arranged) bool { return other.Kind.Name == c.ours }); i >= 0 {
		a.To[i] = one
	} else {
		a.To = append(a.To, one)
	}
	said := fmt.Sprintf("%s is %s here, and %s", text.Code(name), text.Code(c.ours), mode)
	if len(v.changed) > 0 {
		said += ", with " + text.And(v.changed)
	}
	if on && c.note != "" {
		said += "; " + c.note
	}
	a.Came = append(a.Came, said)
}

func (a Adopted) has(ours string) bool {
	_, has := a.To.Find(ours)
	return has
}

// carried are values that are carried over.
type carried struct {
	kind    kit.Kind
	values  map[string]string
	adds    bool // what is refused already goes on to be
	changed []string
	lost    []string
}

// set gives a setting a value. What they refuse comes to what is refused already, if that
// is to go on.
func (v *carried) set(name, value string) {
	if v.adds && name == "refuse" {
		value = kit.PutIn + value
	}
	changed, err := v.kind.Written(kit.Standing{Values: v.values}, "", name, value)
	if err != nil {
		return // a test holds the table to what there is
	}
	if changed[name] != v.values[name] {
		v.values = changed
		v.changed = append(v.changed, text.Code(name)+" "+text.Code(changed[name]))
	}
}

// numbers carries over what they have as a number, as near as it fits, and reports whether
// there was one.
func (v *carried) numbers(table []number, content json.RawMessage) (any bool) {
	wire.Each(content, func(name, _ []byte) {
		key := string(name)
		known := slices.ContainsFunc(table, func(n number) bool { return n.theirs == key })
		strange := strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsLetter(r) }) // as what versions are called
		if !known && !strange && len(v.lost) < 10 {
			v.lost = append(v.lost, text.Clip(key, 40))
		}
	})
	o := wire.Read(content)
	for _, n := range table {
		value, ok := o.Integer(n.theirs)
		switch {
		case ok:
			v.set(n.ours, strconv.FormatInt(min(max(value, int64(n.low)), int64(n.high)), 10)+n.unit)
			any = true
		case o.Has(n.theirs):
			v.lost = append(v.lost, n.theirs)
		}
	}
	return any
}

// counterpart is what of ours does what one of theirs did.
type counterpart struct {
	ours        string   // "" if there is none
	sets        []string // a name, its value, the next name
	numbers     []number
	with, value string // what is set if one of the numbers is
	alone       bool   // it is as theirs was, whatever ours was set to
	note        string
}

// number is a setting of theirs that is a number, and the bounds of ours in their unit.
type number struct {
	theirs, ours string
	low, high    int
	unit         string
}

func counterpartOf(name string) (counterpart, bool) {
	c, known := counterparts()[strings.TrimSuffix(strings.ToLower(name), "protection")]
	return c, known
}

// counterparts are Mjolnir's and Draupnir's protections by their names, in small letters and
// without the "Protection" at the end of most.
func counterparts() map[string]counterpart {
	wave := counterpart{ours: "join-wave", numbers: []number{{"maxPer", "joins", 2, 1000, ""}, {"timescaleMinutes", "within", 1, 1440, "m"}},
		note: "it tells, and closes rooms when you say so: `!forseti posture attack --close`"}
	mentions := counterpart{ours: "mentions", numbers: []number{{"maxMentions", "users", 1, 100, ""}}}
	return map[string]counterpart{
		"basicflooding": {ours: "flooding", numbers: []number{{"maxPerMinute", "messages", 2, 1000, ""}}, with: "within", value: "1m"},
		"firstmessageisimage": {ours: "first-message", sets: []string{"refuse", "inline picture video"},
			note: "the message is removed, and nobody is banned for it at once"},
		"firstmessageislink": {ours: "first-message", sets: []string{"refuse", "link"}},
		"messageismedia":     {ours: "media", sets: []string{"refuse", "inline picture video", "exempt-trust", "none"}, alone: true},
		"messageisvideo":     {ours: "media", sets: []string{"refuse", "video", "exempt-trust", "none"}, alone: true},
		"messageisvoice":     {ours: "media", sets: []string{"refuse", "sound voice", "exempt-trust", "none"}, alone: true},
		"wordlist": {ours: "words",
			note: "its words stood in the configuration file of that bot: `!forseti config add words list.mine <words>` puts them in"},
		"newjoiner": {ours: "joiners",
			note: "its servers stood in the configuration file of that bot: `!forseti config add joiners servers <servers>` puts them in"},
		"mentionspam": mentions, "mentionlimit": mentions,
		"membershipchange":     {ours: "churn", numbers: []number{{"maxChangesPerUser", "moves", 2, 1000, ""}, {"timescaleMinutes", "within", 1, 1440, "m"}}},
		"joinwaveshortcircuit": wave,
		"invalidevent":         {ours: "invalid"},
		"detectfederationlag":  {ours: "lag", numbers: []number{{"federatedHomeserverLagEnterWarningZone", "lag", 10_000, 3_600_000, "ms"}}},

		"memberbansynchronisation": {}, "serverbansynchronisation": {}, // those are always on here
		"banpropagation":                  {note: "`!forseti by-hand` says whether a ban by hand is offered as a rule or becomes one"},
		"propagateroomban":                {note: "`!forseti by-hand` says whether a ban by hand is offered as a rule or becomes one"},
		"joinroomsoninvite":               {note: "moderators' invitations are always accepted, and ask whether to protect or watch"},
		"roomssetbehaviour":               {note: "an upgraded room or list is told, and on a ✅ the new one takes its place: `!forseti upgrade`"},
		"redactionsynchronisation":        {note: "`!forseti ban … --redact`, `watch … --redact`, or a reason that `!forseti reasons remove` names, removes what they wrote"},
		"policychangenotification":        {note: "what lists change is always told"},
		"trustedreporters":                {note: "I read no reports yet"},
		"localabusereports":               {note: "I read no reports yet"},
		"nsfw":                            {note: "`known-images` knows pictures that you banned; none is judged by what it shows"},
		"redactpolicyserverflaggedevents": {note: "I ask no policy server"},
		"roomtakedown":                    {note: "rules about rooms do nothing on the homeserver yet"},
		"blockinvitationsonserver":        {note: "I do not refuse invitations for the homeserver yet"},
		"homeserveruserpolicy":            {note: "I suspend no accounts of the homeserver yet"},
		"homeserveruserpolicyapplication": {note: "I suspend no accounts of the homeserver yet"},
		"draupnirnews":                    {note: "I bring no news"},
	}
}
