package commands

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/text"
)

// What a declaration must have for grammar, help and reference to follow from it.
func TestDeclarations(t *testing.T) {
	set, taken := newSet(newWorld()), map[string]bool{}
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@a:hs.example")
	for _, cmd := range set.commands {
		t.Run(cmd.name, func(t *testing.T) {
			for _, name := range append([]string{cmd.name}, cmd.also...) {
				if taken[name] {
					t.Errorf("%s is declared twice", name)
				}
				taken[name] = true
			}
			if cmd.summary == "" || strings.HasSuffix(cmd.summary, ".") || cmd.family == "" || effects[cmd.effect] == "" || cmd.plan == nil {
				t.Error("summary (without a full stop), family, effect and run are needed")
			}
			if cmd.details != "" && !strings.HasSuffix(cmd.details, ".") {
				t.Error("details end with a full stop")
			}
			if (cmd.asks != "") != (cmd.flag("no-confirm") != nil) || (cmd.effect != looks) != (cmd.flag("dry-run") != nil) {
				t.Error("what asks has --no-confirm, what acts has --dry-run")
			}
			for i, p := range cmd.params {
				if p.name == "" || p.doc == "" || p.value.parse == nil || p.value.rest && i != len(cmd.params)-1 {
					t.Errorf("parameter %q", p.name)
				}
				if i > 0 && cmd.params[i-1].optional && !p.optional {
					t.Errorf("%s must be written, after what may be left out", p.name)
				}
			}
			if len(cmd.examples) == 0 {
				t.Fatal("no example")
			}
			for _, example := range cmd.examples {
				words, unread := grammar.Split(example)
				found, args := set.find(words)
				if found != cmd || unread != "" {
					t.Errorf("%s is another command", example)
					continue
				}
				c := &call{known: known{names: w, self: self}, set: set, command: cmd, args: map[string]any{}, flags: map[string]any{}}
				c.lists = []List{{ID: "!l:hs", Shortcode: "other"}}
				if !strings.HasPrefix(cmd.name, "list create") {
					c.lists = nil
				}
				if err := c.bind(args); err != nil {
					t.Errorf("%s: %v", example, err)
				}
			}
		})
	}
}

// What each command that acts is tried with, so that it acts.
var acting = map[string]string{
	"list default": "list default coc", "list rename": "list rename coc code", "list import": "list import coc\n@rude:calm.example",
	"displayname": "displayname Warden", "avatar": "avatar mxc://ours.example/a", "join": "join #new:hs.example", "leave": "leave #new:hs.example", "say": "say #lobby:ours.example hello",
	"settings copy renew": "settings copy renew", "listen": "listen !new:hs.example", "by-hand": "by-hand auto", "reasons set": "reasons set ban spam", "reasons remove": "reasons remove spam", "ban": "ban @rude:calm.example coc", "takedown": "takedown @rude:calm.example coc", "unban": "unban @held:calm.example", "kick": "kick @rude:calm.example",
	"redact": "redact @rude:calm.example", "mute": "mute @rude:calm.example", "warn": "warn @rude:calm.example", "note": "note @rude:calm.example was hacked", "note remove": "note remove @sorry:calm.example 1", "pardon": "pardon @sorry:calm.example", "unmute": "unmute @rude:calm.example", "list create": "list create new", "watch": "watch #wide:else.example", "upgrade": "upgrade theirs", "unwatch": "unwatch coc", "list exempt": "list exempt coc off", "exempt": "exempt @rude:calm.example coc", "exempt end": "exempt end @free:calm.example",
	"lockdown": "lockdown #lobby:ours.example", "unlock": "unlock !lost:ours.example", "powerlevel": "powerlevel @u:hs 50", "alias add": "alias add #new:ours.example #lobby:ours.example", "alias move": "alias move #also:ours.example !dev:ours.example", "alias remove": "alias remove #also:ours.example",
	"directory publish": "directory publish #lobby:ours.example", "directory unpublish": "directory unpublish #lobby:ours.example",
	"rooms add": "rooms add #new:hs.example", "rooms remove": "rooms remove #lobby:ours.example", "enable": "enable flooding", "shadow": "shadow flooding", "posture": "posture attack", "posture silence": "posture silence 2h", "posture hours": "posture hours off", "disable": "disable flooding",
	"protections config set": "config set flooding messages 3", "protections config add": "config add flooding exempt-rooms #lobby:ours.example", "protections config remove": "config remove flooding exempt-rooms #lobby:ours.example", "verify": "verify", "devices block": "devices block @a:b.example ABC",
	"devices unblock": "devices unblock @a:b.example ABC", "devices end": "devices end THIEF", "dry-run": "dry-run on", "encrypt": "encrypt", "roles set": "roles set on", "limits set": "limits set members 5", "notice set": "notice set You broke a rule.", "ladder set": "ladder set mute 40", "alerts ping": "alerts ping spam @room", "alerts room": "alerts room spam here", "alerts quiet": "alerts quiet off", "time zone": "time zone Europe/Berlin", "alerts log": "alerts log here", "alerts words": "alerts words attack Look!", "duty": "duty @mod:ours.example", "on duty": "on duty", "off duty": "off duty", "digest at": "digest at 08:00", "digest weekly": "digest weekly monday 08:00", "digest off": "digest off", "notice appeal": "notice appeal write to me", "notice here": "notice here {who}: {what}.", "case": "case 12 overturn", "undo": "undo 12",
	"rule add": "rule add other 'seen_before()' then alert", "rule edit": "rule edit no-drive-by 'seen_before()' then alert", "rule remove": "rule remove no-drive-by", "rule redact": "rule redact 'seen_before()' spam",
	"spam": "spam $1", "not spam": "not spam $1", "samples forget": "samples forget m1", "samples import": "samples import\n{\"text\":\"a\"}",
	"rule enable": "rule enable no-drive-by", "rule shadow": "rule shadow no-drive-by", "rule disable": "rule disable no-drive-by", "release": "release theirs",
	"ban-image": "ban-image https://matrix.to/#/!lobby:ours.example/$a gore", "unban-image": "unban-image abcd", "images import": "images import\n00000000000000000000000000000000000000000000000000000000000000ab - gore",
	"preset use": "preset use public support", "protections import": "protections import\nforseti protections 1\n[flooding]\nmode = on",
}

// The commands that act and open no case, by why. All others do.
var caseless = func() map[string]string {
	all := map[string]string{}
	for why, names := range map[string]string{
		"a setting, of which `settings` keeps who set what to what":                 "by-hand,reasons set,reasons remove,list default,list exempt,enable,shadow,disable,protections config set,protections config add,protections config remove,posture silence,posture hours,ladder set,alerts ping,alerts room,alerts log,alerts words,alerts quiet,digest at,digest weekly,digest off,notice set,notice here,notice appeal,preset use,protections import,rule add,rule edit,rule remove,dry-run,time zone,limits set,roles set",
		"it opens a case of its own, as what a protection finds":                    "warn,spam,not spam",
		"it belongs to a case, or to what is known of somebody, and acts on nobody": "case,undo,note,note remove",
		"it is what protections learn, and acts on nobody":                          "samples forget,samples import",
		"who is on duty is nobody's concern but the moderators'":                    "duty,on duty,off duty",
		"it ends as it began, with all that it closed: `posture normal`":            "posture",
		"it is about the bot itself, or its moderators' devices":                    "listen,verify,devices block,devices unblock,devices end,encrypt,displayname,avatar,join,leave,settings copy renew",
		"it is what the bot says":                                                   "say",
	} {
		for name := range strings.SplitSeq(names, ",") {
			all[name] = why
		}
	}
	return all
}()

// prepared is a small community in which each command has something to do.
func prepared() *world {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@held:calm.example")
	w.rule("!coc:ours.example", policy.User, "@free:calm.example")
	w.rules[1].Recommendation = policy.Exempt
	w.banned["@held:calm.example"] = []id.RoomID{"!lobby:ours.example"}
	w.status.Encrypts = true
	w.standing = map[id.UserID]Member{"@sorry:calm.example": {Points: 20, Offences: make([]Offence, 2)}}
	w.roles, w.team = UsualRoles(), []Colleague{{User: mod, Level: 100}}
	w.notes = map[id.UserID][]MemberNote{"@sorry:calm.example": {{ID: "n1"}}}
	return w
}

// Every command that acts says what it would do, does it by a plan that can be kept,
// and does nothing in a dry run. What only looks has nothing to do.
func TestEveryCommandPlans(t *testing.T) {
	for _, cmd := range newSet(newWorld()).commands {
		t.Run(cmd.name, func(t *testing.T) {
			line, acts := acting[cmd.name]
			if acts != (cmd.effect != looks) {
				t.Fatalf("it %s, and acts: %v", cmd.effect, acts)
			}
			if !acts {
				for _, example := range cmd.examples {
					if p := newSet(prepared()).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, example); len(p.Steps) > 0 || p.Ask != "" {
						t.Errorf("%s: %+v", example, p)
					}
				}
				return
			}
			w := prepared()
			if cmd.name == "disable" {
				w.protections[0].Mode = kit.On
			}
			s := newSet(w)
			p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
			if len(p.Steps) == 0 || p.Effect == "" || p.Answer == "" || p.Crash != "" {
				t.Fatalf("%s: %+v", line, p)
			}
			if why := caseless[cmd.name]; (p.Command == "") != (why != "") {
				t.Errorf("it is a case: %v; why not: %q", p.Command != "", why)
			}
			if p.Ask != "" && cmd.asks == "" {
				t.Error("it asks and does not say when")
			}
			raw, err := json.Marshal(p)
			var kept Plan
			if err != nil || json.Unmarshal(raw, &kept) != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			s.Apply(t.Context(), p, executor{w})
			did := w.done
			w.done = nil
			s.Apply(t.Context(), kept, executor{w})
			if len(did) == 0 || !slices.Equal(did, w.done) {
				t.Errorf("it did %q, and by what was kept %q", did, w.done)
			}
			w.done = nil
			first, below, _ := strings.Cut(line, "\n")
			for _, how := range []string{first + " --dry-run\n" + below, first + " --dry-run --no-confirm\n" + below} {
				if strings.Contains(how, "--no-confirm") && cmd.asks == "" {
					continue
				}
				if a := expect(t, w, how, nil, "Nothing was done"); a.Ask || !strings.Contains(a.Markdown, p.Effect) {
					t.Errorf("%s: %+v", how, a)
				}
			}
			// Some only change what the bot itself is set to, which a dry run is tried with.
			w.status.DryRun = true
			dry := s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, strings.Replace(line, "dry-run on", "dry-run off", 1))
			if p.Writes() != (len(dry.Steps) == 0) || p.Writes() && !strings.Contains(dry.Answer, p.Effect) {
				t.Errorf("in a dry run: %+v", dry)
			}
			for _, step := range dry.Steps {
				if step.Change == nil {
					t.Errorf("in a dry run: %+v", step)
				}
			}
		})
	}
}

// Every kind of change makes its command a case, is a setting, or stands here with its reason.
func TestEveryChangeIsACaseOrNot(t *testing.T) {
	none := map[ChangeKind]string{
		SetPosture: "its end opens what it closed", SetDuty: "acts on nobody", MarkSpam: "a case of its own", MarkHam: "a case of its own", ForgetSample: "learned", TakeSamples: "learned",
		UpholdCase: "of a case", HaltCase: "of a case", OverturnCase: "of a case", ReasonCase: "of a case", NoteCase: "of a case", Warn: "a case of its own", NoteUser: "acts on nobody", ForgetNote: "acts on nobody",
		CopySettings: "ours", ListenIn: "ours", Verify: "ours", BlockDevice: "ours", TrustDevice: "ours", Encrypt: "ours", Enter: "ours", LeaveAgain: "ours",
	}
	source, err := os.ReadFile("plan.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`(?m)^\t\w+ +ChangeKind = "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(kinds) < 60 {
		t.Fatalf("%d kinds", len(kinds))
	}
	for _, found := range kinds {
		c := Change{Kind: ChangeKind(found[1])}
		n := 0
		for _, is := range []bool{c.acts(), c.Sets(), none[c.Kind] != ""} {
			if is {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: a case %v, a setting %v, else for %q", c.Kind, c.acts(), c.Sets(), none[c.Kind])
		}
	}
}

// The commands that moderators were promised.
func TestNoCommandIsMissing(t *testing.T) {
	for name := range strings.SplitSeq("help,status,rooms,rooms add,rooms remove,lists,list create,watch,unwatch,ban,unban,kick,redact,rules,"+
		"rules matching,match,protections,protections show,protections enable,protections disable,protections config set,enable,disable,sync,dry-run,limits,limits set", ",") {
		words, _ := grammar.Split(name)
		if found, args := newSet(newWorld()).find(words); found == nil || len(args) > 0 {
			t.Errorf("no command %s", name)
		}
	}
}

func TestHelpOfOne(t *testing.T) {
	const want = "`!forseti kick [user]… [reason…] [--glob] [--room <room>]… [--because <text>] [--dry-run] [--no-confirm]`\n\n" +
		"Remove a user from the protected rooms, once; they may come back.\n\n" +
		"- `user`: whom: a user, or a pattern with --glob, or several; may be left out in a reply\n" +
		"- `reason`: why; the user sees it\n" +
		"- `--glob`: take stars and question marks as wildcards\n" +
		"- `--room <room>`: only in this room; may be given several times\n" +
		"- `--because <text>`: the reason, where it does not stand at the end; `none` for none\n" +
		"- `--dry-run`: only say what it would do\n" +
		"- `--no-confirm`: do it without asking first\n\n" +
		"It asks first if a pattern matches more than one user, or if a reply is about several.\n\n" +
		"Examples:\n\n" +
		"- `!forseti kick @rude:example.org please calm down`\n" +
		"- `!forseti kick @bot*:example.org --glob --dry-run`\n" +
		"- `!forseti kick @rude:example.org --room #lobby:example.org`\n" +
		"- `!forseti kick @one:example.org @two:example.org please calm down`"
	if got := run(t, newWorld(), "help kick").Markdown; got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestOverviewAndReferenceNameAll(t *testing.T) {
	overview, reference := run(t, newWorld(), "help all").Markdown, Reference()
	families := map[string]int{}
	for _, cmd := range all(Desks{}) {
		families[cmd.family]++
		if !strings.Contains(overview, "`"+cmd.name+"`") || !strings.Contains(reference, "\n### "+cmd.name+"\n") {
			t.Errorf("%s is missing", cmd.name)
		}
		listing := run(t, newWorld(), "help "+strings.ToLower(cmd.family)).Markdown
		if !strings.Contains(listing, "`"+cmd.grammar(false)+"`: "+cmd.summary) {
			t.Errorf("%s is not listed with its family", cmd.name)
		}
		if len(listing) > 4000 {
			t.Errorf("what is said of %s has %d bytes", cmd.family, len(listing))
		}
	}
	if len(overview) > 4000 {
		t.Errorf("the overview has %d bytes", len(overview))
	}
	// What looks like an element in Markdown would vanish on the page.
	outside := regexp.MustCompile("`[^`]*`").ReplaceAllString(reference, "")
	if strings.ContainsAny(outside, "<>*") {
		t.Error("markup outside code spans in the reference")
	}
	if html := format.RenderMarkdown(overview, true, false).FormattedBody; strings.Count(html, "<li>") != len(families) {
		t.Errorf("not one line a family: %s", html)
	}
}

// The contents of the page lead to headings that there are, each to another.
func TestContentsLeadThere(t *testing.T) {
	page := Reference()
	anchors, taken := map[string]bool{}, map[string]int{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		anchor := strings.ReplaceAll(strings.ToLower(h[1]), " ", "-")
		if taken[anchor]++; taken[anchor] > 1 {
			anchor = fmt.Sprint(anchor, "-", taken[anchor]-1)
		}
		anchors[anchor] = true
	}
	led := map[string]bool{}
	for _, l := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(page, -1) {
		if !anchors[l[1]] || led[l[1]] {
			t.Errorf("#%s leads nowhere, or is led to twice", l[1])
		}
		led[l[1]] = true
	}
	if len(led) < len(all(Desks{})) {
		t.Errorf("%d links for %d commands", len(led), len(all(Desks{})))
	}
}

// What one sees first of help fits on a phone, names commands that there are, and has all others folded.
func TestHelpFitsAPhone(t *testing.T) {
	said := run(t, newWorld(), "help").Markdown
	if n := text.Rows(said, 40); n > 10 {
		t.Errorf("%d rows: %s", n, said)
	}
	pieces := text.Pieces(said)
	if last := pieces[len(pieces)-1]; !last.Folded || !strings.Contains(last.Body, run(t, newWorld(), "help all").Markdown) {
		t.Errorf("the others are not folded: %+v", last)
	}
	for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(pieces[0].Body, -1) {
		if !slices.ContainsFunc(all(Desks{}), func(c *command) bool { return c.name == name[1] }) {
			t.Errorf("there is no command %s", name[1])
		}
	}
}

// A family may have the name of one of its commands: both are meant.
func TestHelpOfAFamily(t *testing.T) {
	said := run(t, newWorld(), "help rooms").Markdown
	if !strings.HasPrefix(said, "`!forseti rooms`") || !strings.Contains(said, "`rooms add") {
		t.Errorf("got:\n%s", said)
	}
	said = run(t, newWorld(), "help Encryption").Markdown
	if !strings.HasPrefix(said, "**Encryption**") || strings.Contains(said, "Examples") {
		t.Errorf("got:\n%s", said)
	}
	said = run(t, newWorld(), "help bans please").Markdown
	if !strings.HasPrefix(said, "I know no command") {
		t.Errorf("got:\n%s", said)
	}
}

// Each family has one place on the help page and in the reference.
func TestFamiliesStandTogether(t *testing.T) {
	seen := map[string]bool{}
	last := ""
	for _, c := range all(Desks{}) {
		if c.family != last && seen[c.family] {
			t.Errorf("%s stands apart from the rest of %s", c.name, c.family)
		}
		last, seen[c.family] = c.family, true
	}
}
