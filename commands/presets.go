package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// PresetDesk is what the commands ask that set all protections at once.
type PresetDesk interface {
	// Arranged is all that is set about protections, and the moderators' own rules.
	Arranged() protections.Whole
	// ReadWhole reads a text of such. Its error is Markdown.
	ReadWhole(written string) (protections.Whole, error)
}

func presetCommands(d PresetDesk, p ProtectionDesk, f FileDesk) []*command {
	name := param{name: "preset", doc: "its name", value: presetValue}
	const asks = "if less would be found than before: something is switched off, or lets pass more"
	return []*command{{
		name: "preset list", also: []string{"preset", "presets"}, family: "Presets", effect: looks,
		summary:  "show the presets, which set all protections at once",
		examples: []string{"preset list"},
		plan:     func(context.Context, *call) (Plan, error) { return listPresets(d.Arranged().Protections), nil },
	}, {
		name: "preset show", family: "Presets", effect: looks,
		summary:  "show what a preset does, and what it would change",
		params:   []param{name},
		examples: []string{"preset show public support"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return showPreset(c, arg[protections.Preset](c, "preset"), d.Arranged().Protections), nil
		},
	}, {
		name: "preset use", family: "Presets", effect: sets,
		summary:  "set all protections as a preset says",
		details:  "Whom you exempt, your lists of words, hosts and servers, rules of your own, what you set for single rooms, the ladder, what users are told and who is called stay as they are. I say what I changed, and what to write to go back.",
		params:   []param{name},
		asks:     asks,
		examples: []string{"preset use public support", "preset use announcements --dry-run"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return usePreset(c, arg[protections.Preset](c, "preset"), d.Arranged().Protections), nil
		},
	}, {
		name: "protections export", also: []string{"export"}, family: "Presets", effect: looks,
		summary:  "write all that is set about protections as text: each of them, your own rules, the ladder, what users are told, who is called, and when it is stricter by itself",
		params:   []param{{name: "what", optional: true, doc: "only this protection or rule, or `ladder`, `notice`, `alerts` or `posture`", value: exportable(p)}},
		examples: []string{"protections export", "protections export flooding", "protections export ladder"},
		details:  "`protections import` takes that text, here or elsewhere. Lines that begin with # say nothing. What was learned and marked is not in it: that is `samples export`.",
		plan: func(_ context.Context, c *call) (Plan, error) {
			return export(c, d.Arranged(), arg[string](c, "what")), nil
		},
	}, {
		name: "protections import", also: []string{"import"}, family: "Presets", effect: sets,
		summary:  "set what a text says that was exported",
		details:  "All of the text is checked before any of it is taken. What has no section in it stays as it is; what a section does not name is as by default then.",
		reads:    "the text, in a code block, from the second line on; or none, and it is the caption of a file or in reply to one",
		asks:     asks,
		long:     fromFile,
		examples: []string{"protections import", "protections import --dry-run"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return importText(ctx, c, d, f) },
	}}
}

// presetValue is a preset by its name, which is the rest of the line.
var presetValue = value{hint: "preset", rest: true, parse: func(_ *call, w grammar.Word) (any, error) {
	if p, ok := protections.FindPreset(w.Text); ok {
		return p, nil
	}
	var names, shown []string
	for _, p := range protections.Presets() {
		names = append(names, p.Name)
		shown = append(shown, text.Code(p.Name))
	}
	return nil, noSuch("preset", w.Text, names, fmt.Sprintf("There are %s.", text.And(shown)))
}}

func listPresets(now protections.Arrangement) Plan {
	var shown []string
	for _, p := range protections.Presets() {
		said := text.Code(p.Name)
		if p.Name == protections.Recommended {
			said += " (recommended)"
		}
		if len(laid(p, now)) == 0 {
			said += " **in use**"
		}
		shown = append(shown, said+": "+p.Summary)
	}
	return says("Presets:%s\n\n`!forseti preset show <preset>` shows what one does and would change, `!forseti preset use <preset>` sets all protections so.", listing(shown, ""))
}

// laid is what changes if a preset is laid over what is set.
func laid(p protections.Preset, now protections.Arrangement) (changed protections.Arrangement) {
	for _, one := range now {
		before := one.Standing
		if to, says := p.Over(one.Kind, before); says {
			one.Standing = to
			if len(differences(one.Kind, before, to)) > 0 {
				changed = append(changed, one)
			}
		}
	}
	return changed
}

func showPreset(c *call, p protections.Preset, now protections.Arrangement) Plan {
	var shown []string
	for _, one := range now {
		s, says := p.Of(one.Kind.Name)
		if !says {
			continue
		}
		said := fmt.Sprintf("%s **%s**", text.Code(one.Kind.Name), s.Mode)
		if set := settled(s.Values); set != "" {
			said += " (" + set + ")"
		}
		shown = append(shown, said+": "+one.Kind.Summary)
	}
	changed := laid(p, now)
	against := "Everything is set so already."
	if len(changed) > 0 {
		against = "It would change:" + listing(changes(c, now, changed), "`!forseti preset use "+p.Name+" --dry-run` shows them")
	}
	return Plan{Answer: text.Paragraphs(text.Code(p.Name)+": "+p.Summary+listing(shown, ""), against,
		"`!forseti preset use "+p.Name+"` does it.")}
}

func settled(values map[string]string) string {
	var set []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		set = append(set, text.Code(name)+" "+text.Code(values[name]))
	}
	return strings.Join(set, ", ")
}

func usePreset(c *call, p protections.Preset, now protections.Arrangement) Plan {
	changed := laid(p, now)
	if len(changed) == 0 {
		return says("Everything is set as %s says already.", text.Code(p.Name))
	}
	var apart []string
	for _, one := range now {
		if _, says := p.Of(one.Kind.Name); says && len(one.Standing.Rooms) > 0 {
			apart = append(apart, text.Code(one.Kind.Name))
		}
	}
	stays := ""
	if len(apart) > 0 {
		stays = fmt.Sprintf("What is set for single rooms stays, of %s.", text.And(apart))
	}
	return arrange(c, text.Code(p.Name), protections.Whole{Protections: now}, protections.Whole{Protections: changed}, stays)
}

// arrange is the plan of a change of several things at once.
func arrange(c *call, by string, now, to protections.Whole, note string) Plan {
	lines := append(changesOfAll(now, to), changes(c, now.Protections, to.Protections)...)
	var looser []string
	var back protections.Whole
	var fresh []string
	for _, s := range to.Shared {
		before, _ := now.FindShared(s.Name)
		back.Shared = append(back.Shared, before)
	}
	for _, one := range to.Protections {
		before, known := now.Protections.Find(one.Kind.Name)
		if !known {
			fresh = append(fresh, text.Code("!forseti rule remove "+strings.TrimPrefix(one.Kind.Name, rulePrefix)))
			continue
		}
		back.Protections = append(back.Protections, before)
		less := one.Kind.Loosens(before.Standing, one.Standing)
		if before.Rule != one.Rule {
			less = append(less, "rule")
		}
		if len(less) > 0 {
			looser = append(looser, fmt.Sprintf("%s (%s)", text.Code(one.Kind.Name), strings.Join(codes(less), ", ")))
		}
	}
	p := Plan{
		Effect: text.Paragraphs(fmt.Sprintf("By %s this would change:", by)+listing(lines, ""), note),
		Answer: text.Paragraphs(fmt.Sprintf("By %s this is changed:", by)+listing(lines, ""), note, goBack(back, fresh)),
	}
	if len(looser) > 0 {
		p.Ask = fmt.Sprintf("Less may be found than now by %s. Do it?", text.And(looser))
	}
	greet(&p, now, to)
	p.change(Change{Kind: Arrange, Value: to.String()}, "")
	p.harmless = true
	return p
}

// greet says a word in the rooms in which something is to be said from now on, as the command
// that sets them does: what cannot be said there is not set.
func greet(p *Plan, now, to protections.Whole) {
	before, _ := now.FindShared(calledName)
	after, _ := to.FindShared(calledName)
	for _, name := range sanction.ClassNames() {
		room := after.Values["room."+name]
		if room != "" && room != before.Values["room."+name] {
			p.do(greeting(name, id.RoomID(room)), "said so there")
		}
	}
}

// goBack says how all is set again as it was.
func goBack(before protections.Whole, fresh []string) string {
	said := ""
	if !before.Empty() {
		block := codeBlock("!forseti protections import\n" + before.String())
		if weight(block) > maxAnswer/2 {
			said = "What was set before is too long to be shown here."
		} else {
			said = "To go back, write:\n\n" + block
		}
	}
	if len(fresh) > 0 {
		said = text.Paragraphs(said, "The new rules are removed by "+text.And(fresh)+".")
	}
	return said
}

// codeBlock shows a text as it is.
func codeBlock(s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "\n" + strings.TrimRight(s, "\n") + "\n" + fence
}

// exportable is the name of what can be exported by itself.
func exportable(d ProtectionDesk) value {
	of := protectionOf(d)
	return value{hint: "protection", parse: func(c *call, w grammar.Word) (any, error) {
		if name := strings.ToLower(w.Text); slices.Contains(sanction.SharedNames(), name) {
			return name, nil
		}
		p, err := of.parse(c, w)
		if err != nil {
			return nil, err
		}
		return p.(ProtectionInfo).Name, nil
	}}
}

func export(c *call, now protections.Whole, name string) Plan {
	if name != "" {
		now = now.Of(name)
	}
	written := now.String()
	if block := codeBlock(written); weight(block) <= 2*maxAnswer-1000 {
		return Plan{Answer: block + "\n\n`!forseti protections import` takes it, with this block below it."}
	}
	if p, fits := filed(c, "forseti-protections.txt", written, "protections import"); fits {
		return p
	}
	if name != "" {
		return says("How %s is set is too long for a file. `!forseti protections show %s` shows what it has.", text.Code(name), name)
	}
	return says("That is too long for one file. `!forseti protections export <protection>` writes one of them.")
}

func importText(ctx context.Context, c *call, d PresetDesk, f FileDesk) (Plan, error) {
	written, err := c.text(ctx, f, "protections export")
	if err != nil {
		return Plan{}, err
	}
	to, err := d.ReadWhole(written)
	if err != nil {
		return Plan{}, refuse("Nothing of it was taken.\n\n%s", err)
	}
	now := d.Arranged()
	to.Protections = slices.DeleteFunc(to.Protections, func(one protections.Arranged) bool {
		before, known := now.Protections.Find(one.Kind.Name)
		return known && before.Rule == one.Rule && len(differences(one.Kind, before.Standing, one.Standing)) == 0
	})
	to.Shared = slices.DeleteFunc(to.Shared, func(s sanction.Shared) bool {
		before, _ := now.FindShared(s.Name)
		return before.Same(s)
	})
	if to.Empty() {
		return says("Everything is set so already."), nil
	}
	return arrange(c, "this text", now, to, c.elsewhere(to.Protections)), nil
}

// changesOfAll says in a line for each what holds for all protections otherwise than now.
func changesOfAll(now, to protections.Whole) (lines []string) {
	for _, s := range to.Shared {
		before, _ := now.FindShared(s.Name)
		was := before.Settings()
		var said difference
		for i, is := range s.Settings() {
			if is.Value != was[i].Value {
				said.said = append(said.said, fmt.Sprintf("%s %s → %s", text.Code(is.Name), text.Code(text.Clip(was[i].Value, mostValue)), text.Code(text.Clip(is.Value, mostValue))))
			}
		}
		lines = append(lines, text.Code(s.Name)+": "+said.String())
	}
	return lines
}

// elsewhere names the rooms of an arrangement that are not protected here.
func (k *known) elsewhere(a protections.Arrangement) string {
	here := map[id.RoomID]bool{}
	for _, r := range k.names.Rooms() {
		here[r.ID] = true
	}
	other := map[id.RoomID]bool{}
	for _, one := range a {
		for room := range one.Standing.Rooms {
			if !here[room] {
				other[room] = true
			}
		}
	}
	if len(other) == 0 {
		return ""
	}
	return fmt.Sprintf("Of the rooms in it %s not protected here: %s.", pick(len(other) == 1, "one is", fmt.Sprint(len(other), " are")), text.Named(slices.Sorted(maps.Keys(other)), 5))
}

// changes says in a line for each what is set otherwise than now.
func changes(c *call, now, to protections.Arrangement) (lines []string) {
	for _, one := range to {
		before, known := now.Find(one.Kind.Name)
		said := differences(one.Kind, before.Standing, one.Standing)
		switch {
		case !known:
			lines = append(lines, fmt.Sprintf("%s is new, and **%s**: %s", text.Code(one.Kind.Name), one.Standing.Mode, text.LongCode(one.Rule, mostRule)))
		case before.Rule != one.Rule:
			lines = append(lines, fmt.Sprintf("%s was %s, and becomes %s", text.Code(one.Kind.Name), text.LongCode(before.Rule, mostRule), text.LongCode(one.Rule, mostRule)))
		}
		for _, d := range said {
			if known || d.Room != "" {
				where := ""
				if d.Room != "" {
					where = " in " + c.room(d.Room)
				}
				lines = append(lines, text.Code(one.Kind.Name)+where+": "+d.String())
			}
		}
	}
	return lines
}

// difference is what is set otherwise: in general, or in a room.
type difference struct {
	Room id.RoomID
	said []string
}

func (d difference) String() string { return strings.Join(d.said, ", ") }

// differences are what is set otherwise for a protection.
func differences(kind kit.Kind, before, after kit.Standing) (found []difference) {
	rooms := map[id.RoomID]bool{"": true}
	for _, s := range []kit.Standing{before, after} {
		for room := range s.Rooms {
			rooms[room] = true
		}
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		d := difference{Room: room}
		was, is := modeOf(before, room), modeOf(after, room)
		if was != is {
			d.said = append(d.said, was+" → **"+is+"**")
		}
		old, now := before.Own(room), after.Own(room)
		for _, s := range kind.Settings(before, room) {
			d.compare(s.Name, old, now, s.Default)
		}
		for _, s := range kind.Settings(after, room) {
			if _, compared := old[s.Name]; !compared && strings.Contains(s.Name, ".") {
				d.compare(s.Name, old, now, s.Default)
			}
		}
		if len(d.said) > 0 {
			found = append(found, d)
		}
	}
	return found
}

// compare says how a value differs, if it does. What is not set is as it is otherwise.
func (d *difference) compare(name string, old, now map[string]string, byDefault string) {
	was, hadOne := old[name]
	is, hasOne := now[name]
	if d.Room == "" {
		was, is = orElse(was, hadOne, byDefault), orElse(is, hasOne, byDefault)
	} else {
		was, is = orElse(was, hadOne, "as everywhere"), orElse(is, hasOne, "as everywhere")
	}
	if was != is {
		d.said = append(d.said, fmt.Sprintf("%s %s → %s", text.Code(name), text.Code(text.Clip(was, mostValue)), text.Code(text.Clip(is, mostValue))))
	}
}

// mostValue is how much is shown of a value that changes.
const mostValue = 120

func orElse(value string, set bool, otherwise string) string {
	if set {
		return value
	}
	return otherwise
}

// modeOf is how a protection is switched in a room itself, or in general.
func modeOf(s kit.Standing, room id.RoomID) string {
	if room == "" {
		return s.Mode.String()
	}
	if own := s.Rooms[room].Mode; own != nil {
		return own.String()
	}
	return "as everywhere"
}
