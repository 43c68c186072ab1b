package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/internal/phone"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/text"
)

const nastyWords = "@room <b>x</b> [click](https://evil.example) ||veil|| `tick` **bold** # head\u202e "

// crowdedWorld is a community that is large, whose names are long, and where strangers have written what they could.
func crowdedWorld() *world {
	w := newWorld()
	name := func(n int) string {
		return fmt.Sprintf("%s%s %d", nastyWords, strings.Repeat("a very long name ", 9), n)
	}
	user := func(n int) id.UserID {
		return id.UserID(fmt.Sprintf("@spam%d-%s:%s.evil.example", n, strings.Repeat("l", 190), strings.Repeat("s", 20)))
	}
	for n := range 25 {
		room := id.RoomID(fmt.Sprintf("!crowd%d:ours.example", n))
		w.rooms = append(w.rooms, Room{ID: room, Name: name(n), Joined: 5000, Problems: []string{"I need power level 50 to ban, and have " + fmt.Sprint(n) + ".", "I cannot read it."}, Out: n%3 == 0, Waiting: n%5 == 0})
		w.members[room] = []id.UserID{self, mod, "@rude:calm.example"}
		for m := range 10 {
			w.members[room] = append(w.members[room], user(m))
		}
	}
	for n := range 12 {
		w.lists = append(w.lists, List{ID: id.RoomID(fmt.Sprintf("!list%d:else.example", n)), Name: name(n), Rules: 10_000, Writable: n%2 == 0, Exempts: true, Problem: pick(n%3 == 0, "it cannot be read: "+strings.Repeat("no answer ", 30), "")})
	}
	w.rule("!coc:ours.example", policy.User, "@held:calm.example")
	w.rule("!coc:ours.example", policy.User, "@free:calm.example")
	w.rules[1].Recommendation = policy.Exempt
	for n := range 60 {
		w.rule("!coc:ours.example", policy.User, fmt.Sprintf("@old%d-%s*:evil.example", n, strings.Repeat("r", 150)))
		w.rules[len(w.rules)-1].Reason = strings.Repeat(nastyWords, 20)
	}
	w.banned["@held:calm.example"] = []id.RoomID{"!lobby:ours.example"}
	var notes []MemberNote
	var offences []Offence
	for n := range 50 {
		u := id.UserID(fmt.Sprintf("@old%d-%s:evil.example", n, strings.Repeat("r", 160)))
		w.banned[u] = []id.RoomID{"!lobby:ours.example", "!crowd1:ours.example"}
		notes = append(notes, MemberNote{fmt.Sprint("n", n), CaseNote{By: mod, Text: strings.Repeat(nastyWords, 10)}})
		offences = append(offences, Offence{Room: "!crowd1:ours.example", Protection: "flooding"})
		w.cases = append(w.cases, Case{Number: n + 20, User: u, Protection: "flooding", Reason: strings.Repeat(nastyWords, 10), Opened: time.Unix(int64(n)*1000, 0), Decided: "automatic", Appeal: strings.Repeat(nastyWords, 30)})
		w.team = append(w.team, Colleague{User: u, Level: 50})
	}
	w.status.Encrypts = true
	w.standing = map[id.UserID]Member{"@sorry:calm.example": {Points: 20, Offences: offences}}
	w.roles, w.team = UsualRoles(), append(w.team, Colleague{User: mod, Level: 100})
	w.notes = map[id.UserID][]MemberNote{"@sorry:calm.example": notes}
	w.protections[0].Mode = kit.On
	w.limit = 2
	return w
}

// worstLines are what each command is tried with besides its examples, so that its answer is the longest; none of a command
// whose answer is as long as that of its examples, whatever else there is.
var worstLines = func() map[string][]string {
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("@u%d-%s:evil.example", i, strings.Repeat("w", 200)))
		}
		return strings.Join(all, " ")
	}
	reason := strings.Repeat("why ", 100)
	worst := map[string][]string{
		"ban":      {"ban @spam*:*.evil.example coc " + reason, "ban @* coc", "ban " + many(50) + " coc " + reason, "ban *.evil.example coc --redact", "ban @rude:calm.example --dry-run", "ban #nowhere:x coc", "ban @spam*:*.evil.example !list0:else.example"},
		"takedown": {"takedown @spam*:*.evil.example coc", "takedown " + many(30) + " coc"},
		"unban":    {"unban @old1*", "unban " + many(50), "unban *:evil.example", "unban @held:calm.example"},
		"kick":     {"kick @spam*:*.evil.example " + reason, "kick " + many(50)}, "redact": {"redact @spam*:*.evil.example " + reason, "redact " + many(40)},
		"mute": {"mute @spam*:*.evil.example 1h " + reason, "mute " + many(50)}, "unmute": {"unmute " + many(50)}, "warn": {"warn " + many(50) + " " + reason, "warn @rude:calm.example " + reason},
		"note": {"note " + many(20) + " " + reason}, "note remove": {"note remove @sorry:calm.example 40"}, "pardon": {"pardon " + many(50)}, "strikes": {"strikes @sorry:calm.example", "strikes " + many(1)},
		"why": {"why @spam1*:evil.example", "why " + many(1)}, "match": {"match *", "match @old1*", "match " + many(1)}, "resolve": {"resolve #nowhere:x"},
		"rules": {"rules coc", "rules coc 3", "rules coc --search old"}, "lists": {"lists"}, "list show": {"list show coc", "list show !list1:else.example"}, "rooms": {"rooms"}, "status": {"status"}, "cases": {"cases", "cases @old1*"}, "case": {"case 21", "case 12"},
		"appeals": {"appeals"}, "history": {"history @sorry:calm.example", "history " + many(1)}, "acl": {"acl", "acl #lobby:ours.example", "acl !crowd1:ours.example"}, "audit rooms": {"audit rooms"}, "servers": {"servers"}, "since": {"since 1h"},
		"lockdown": {"lockdown all", "lockdown #lobby:ours.example !crowd1:ours.example"}, "unlock": {"unlock all"}, "powerlevel": {"powerlevel " + many(20) + " 50"},
		"rooms add": {"rooms add #space:hs.example", "rooms add #nowhere:x"}, "rooms remove": {"rooms remove !crowd1:ours.example"}, "unwatch": {"unwatch !list1:else.example", "unwatch theirs"}, "watch": {"watch #near:else.example", "watch #nowhere:x", "watch theirs --review"},
		"upgrade": {"upgrade !crowd1:ours.example"}, "undo": {"undo 21", "undo"}, "questions": {"questions"}, "release": {"release !list1:else.example"}, "devices": {"devices"}, "moderators": {"moderators"}, "settings": {"settings"}, "help": {"help", "help all", "help ban", "help alerts", "help ban list", "help nothing"},
		"protections": {"protections"}, "protections show": {"protections show flooding"}, "preset show": {"preset show public"}, "stats": {"stats"}, "digest": {"digest", "digest --week"}, "exempt": {"exempt " + many(50) + " coc", "exempt @spam*:*.evil.example coc"}, "exempt end": {"exempt end @free:calm.example"},
		"list import": {"list import coc\n" + strings.ReplaceAll(many(300), " ", "\n"), "list import coc\nnonsense " + reason}, "list export": {"list export coc"}, "evidence": {"evidence $1"}, "samples": {"samples"}, "images": {"images"}, "reasons": {"reasons"}, "roles": {"roles"}, "limits": {"limits"}, "time": {"time"},
		"alerts": {"alerts"}, "ladder": {"ladder"}, "posture": {"posture", "posture attack --hush"}, "rule list": {"rule list"}, "rule show": {"rule show no-drive-by"}, "rule add": {"rule add other '" + reason + "'"}, "rule test": {"rule test 'seen_before()' then alert"},
		"ban-image": {"ban-image https://matrix.to/#/!lobby:ours.example/$a " + reason}, "say": {"say #lobby:ours.example " + reason}, "displayname": {"displayname " + reason}, "notice set": {"notice set " + reason}, "alerts words": {"alerts words attack " + reason},
		"reasons set": {"reasons set ban " + reason}, "alerts ping": {"alerts ping spam " + many(20)}, "duty": {"duty " + many(1)}, "directory publish": {"directory publish !crowd1:ours.example"}, "alias add": {"alias add #new:ours.example !crowd1:ours.example"},
	}
	for name := range strings.SplitSeq("list default,list rename,avatar,join,leave,by-hand,list create,list exempt,alias move,alias remove,directory unpublish,enable,shadow,disable,posture silence,posture hours,protections config set,protections config add,protections config remove,verify,devices block,devices unblock,devices end,dry-run,encrypt,roles set,limits set,ladder set,alerts room,alerts quiet,alerts log,time zone,on duty,off duty,digest at,digest weekly,digest off,notice,notice appeal,notice here,rule edit,rule remove,rule enable,rule shadow,rule disable,spam,not spam,samples show,samples forget,samples import,samples export,unban-image,images import,images export,preset list,preset use,protections import,protections export,sync,version,rule redact,settings copy,settings copy renew,reasons remove,listen", ",") {
		worst[name] = nil
	}
	return worst
}()

// Whatever a command answers, asks or could not do, in a small community as in a large one, is seen on the screen of a phone
// before something is folded, and what is asked there stands right above how it is answered.
func TestEveryReplyFitsAPhone(t *testing.T) {
	const answers = text.HowToAnswer + "✅ or ❌, or reply yes or no."
	worlds := map[string]func() *world{
		"usual": prepared, "crowded": crowdedWorld,
		"refused": func() *world {
			w := crowdedWorld()
			w.fail = errors.New("the homeserver said: " + strings.Repeat(nastyWords, 40))
			return w
		},
	}
	said := map[string]int{}
	for _, cmd := range newSet(newWorld()).commands {
		worst, known := worstLines[cmd.name]
		if !known {
			t.Errorf("nobody said how long the answers of %s become", cmd.name)
		}
		for how, of := range worlds {
			for n, line := range slices.Concat(worst, []string{acting[cmd.name]}, cmd.examples) {
				if how == "crowded" && n > len(worst)+1 || n > 1 && how == "refused" {
					break // it reads alike
				}
				w := of()
				s := newSet(w)
				p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
				all := map[string]string{}
				if p.Ask != "" {
					all["asked"] = text.Asks(p.question(), answers)
					said["asked"]++
				} else {
					all["answered"] = p.Answer
				}
				if len(p.Steps) > 0 {
					all["done"] = s.Apply(t.Context(), p, executor{w}).Markdown
				}
				for when, markdown := range all {
					said[when]++
					seen := text.OnScreen(text.Gathered(markdown, 8000), 10, 40)
					lines, shown := phone.Read(seen)
					asHTML, shownHTML := phone.ReadHTML(seen)
					if most := phone.Lines; lines > most || asHTML > most {
						t.Errorf("%s, %s, %s: %d lines, as HTML %d:\n%s\n%s", text.Clip(line, 80), how, when, lines, asHTML, shown, shownHTML)
					}
					if p.Ask != "" && when == "asked" {
						asked := text.Sentences(p.Ask)
						last := strings.NewReplacer("`", "", "*", "", `\`, "", "|", "").Replace(asked[len(asked)-1])
						if _, bare := phone.Read(text.Asks(asked[len(asked)-1], answers)); !strings.Contains(shown, bare) || !strings.Contains(shown, answers) || last == "" {
							t.Errorf("%s, %s: %q is not asked right above its answers:\n%s", text.Clip(line, 80), how, last, shown)
						}
					}
					for _, said := range []string{markdown, seen} {
						if two := phone.RunTogether(said); two != "" {
							t.Errorf("%s, %s, %s: two lists run together:\n%s", text.Clip(line, 80), how, when, two)
						}
					}
					if strings.ContainsAny(seen, "\x02\x03\x04") {
						t.Errorf("%s, %s: %q", text.Clip(line, 80), how, seen)
					}
				}
			}
		}
	}
	if said["asked"] < 30 || said["done"] < 100 || said["answered"] < 200 {
		t.Errorf("too little was said: %v", said)
	}
}
