package commands

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/protections/kit"
)

// repeat is a command that acts given once more.
type repeat struct {
	line   string         // if it is another than the one that acts
	so     func(w *world) // makes the world be as the command asked for
	says   string         // what holds already
	really string         // what it does all the same
	// setting says how it is then, the first time and the second: of what is set anew as it was, nothing is written down.
	setting string
}

// with has a list have a rule.
func with(recommendation policy.Recommendation) func(w *world) {
	return func(w *world) {
		w.rule("!coc:ours.example", policy.User, "@rude:calm.example")
		last := &w.rules[len(w.rules)-1]
		last.Reason, last.Recommendation = "", recommendation
	}
}

var repeats = map[string]repeat{
	"ban":         {so: with(policy.Ban), says: "There is such a rule already"},
	"takedown":    {so: with(policy.Takedown), says: "There is such a rule already"},
	"unban":       {so: func(w *world) { w.rules, w.banned = w.rules[1:], nil }, says: "is not banned"},
	"exempt":      {line: "exempt @free:calm.example coc spam", says: "There is such an exemption already"},
	"exempt end":  {so: func(w *world) { w.rules = w.rules[:1] }, says: "There is no exemption"},
	"by-hand":     {line: "by-hand ask", says: "I ask whether bans that moderators make by hand are to be rules."},
	"kick":        {so: func(w *world) { w.members = nil }, says: "is in none of the rooms, so there is nobody to kick"},
	"redact":      {so: func(w *world) { w.members = nil }, says: "I found no message"},
	"rule redact": {so: func(w *world) { w.members = nil }, says: "there is none that it is true of"},
	"mute":        {line: "mute @rude:calm.example --for 10m", says: "is muted already"},
	"unmute":      {line: "unmute @u:hs", says: "is muted in no protected room"},
	"pardon":      {so: func(w *world) { w.standing = nil }, says: "Nothing counts against"},
	"warn":        {really: "they are told once more"},
	"note":        {really: "it is noted once more"},
	"note remove": {so: func(w *world) { w.notes = nil }, says: "no note"},

	"list create":  {line: "list create coc", says: "There is a list called `coc` already"},
	"list rename":  {line: "list rename coc coc Code of conduct", says: "is called that already"},
	"list import":  {so: with(policy.Ban), says: "There is nothing to write.\n\n1 rule stands there already."},
	"list default": {so: func(w *world) { w.lists[0].Default = true }, says: "already"},
	"list exempt":  {so: func(w *world) { w.lists[0].Exempts = false }, says: "shown and not followed already"},
	"watch":        {line: "watch coc", says: "I watch [Code of conduct]"},
	"unwatch":      {so: func(w *world) { w.lists = w.lists[1:] }, says: "No list is called `coc`."},
	"upgrade":      {so: func(w *world) { w.rooms = append(w.rooms, Room{ID: "!next:else.example", Name: "Next"}) }, line: "upgrade #lobby:ours.example", says: "which I protect already"},
	"release":      {line: "release coc", says: "No change of `coc` got a no."},

	"lockdown": {so: func(w *world) {
		w.locks = []Lock{{Room: "!lobby:ours.example", Door: Latch{Locked: true, Holds: true}}}
	}, says: "Closed already"},
	"unlock":              {line: "unlock #lobby:ours.example", says: "`lockdown` has closed no such room."},
	"powerlevel":          {line: "powerlevel @u:hs 0 #lobby:ours.example", says: "has level 0 already"},
	"alias add":           {line: "alias add #also:ours.example #lobby:ours.example", says: "`#also:ours.example` leads to [Lobby]"},
	"alias move":          {line: "alias move #also:ours.example #lobby:ours.example", says: "`#also:ours.example` leads to [Lobby]"},
	"alias remove":        {line: "alias remove #new:ours.example", says: "leads nowhere"},
	"directory publish":   {so: func(w *world) { w.directory = map[id.RoomID]bool{"!lobby:ours.example": true} }, says: "is in the directory of `ours.example` already"},
	"directory unpublish": {so: func(w *world) { w.directory = map[id.RoomID]bool{} }, says: "is not in the directory of `ours.example`, so there is nothing to take out"},
	"rooms add":           {line: "rooms add #lobby:ours.example", says: "I protect it already"},
	"rooms remove":        {so: func(w *world) { w.rooms = w.rooms[1:] }, says: "I do not protect that room"},
	"join":                {really: "where we are without a part there, only the homeserver knows"},
	"leave":               {really: "likewise"},
	"say":                 {really: "it is said once more"},

	"settings copy renew": {really: "it is written anew"},
	"listen":              {so: func(w *world) { w.quarters.Here = true }, says: "already"},
	"displayname":         {really: "what others call us, only the homeserver knows"},
	"avatar":              {really: "likewise"},
	"encrypt":             {so: func(w *world) { w.status.Encrypted = true }, says: "already"},
	"dry-run":             {so: func(w *world) { w.status.DryRun = true }, says: "already"},
	"verify":              {really: "it begins anew"},
	"devices block":       {really: "how a device stands is looked at when it is done"},
	"devices unblock":     {really: "likewise"},
	"devices end":         {line: "devices end GONE", says: "no other device `GONE`"},

	"enable":                    {so: func(w *world) { w.protections[0].Mode = kit.On }, says: "is on already"},
	"shadow":                    {so: func(w *world) { w.protections[0].Mode = kit.Shadow }, says: "already"},
	"disable":                   {says: "is off already"},
	"rule enable":               {says: "is on already"},
	"rule shadow":               {so: func(w *world) { w.protections[1].Mode = kit.Shadow }, says: "already"},
	"rule disable":              {so: func(w *world) { w.protections[1].Mode = kit.Off }, says: "is off already"},
	"rule add":                  {line: "rule add no-drive-by 'seen_before()' then alert", says: "already"},
	"rule edit":                 {line: "rule edit no-drive-by 'trust() < KNOWN' then redact", says: "already"},
	"rule remove":               {so: func(w *world) { w.protections = w.protections[:1] }, says: "no rule"},
	"protections config set":    {line: "config set flooding messages 10", says: "`messages` of `flooding` is `10` already."},
	"protections config add":    {line: "config add flooding exempt-rooms !dev:ours.example", says: "`exempt-rooms` of `flooding` is `!dev:ours.example` already."},
	"protections config remove": {line: "config remove flooding exempt-rooms !dev:ours.example", says: "`exempt-rooms` of `flooding` is `none` already."},
	"protections import":        {so: func(w *world) { w.stands = map[string]kit.Standing{"flooding": {Mode: kit.On}} }, says: "already"},
	"preset use":                {so: func(w *world) { w.stands = recommended().stands }, says: "already"},
	"posture":                   {setting: "The posture is **attack**"},
	"posture silence":           {setting: "for 2 hours it is `unattended`"},
	"posture hours":             {setting: "It does not become stricter by the clock"},
	"alerts ping":               {setting: "is called"},
	"alerts room":               {setting: "is called"},
	"alerts quiet":              {setting: "Besides the alert itself"},
	"alerts log":                {setting: "Besides the alert itself"},
	"alerts words":              {setting: "begins with"},
	"time zone":                 {setting: "Europe/Berlin"},
	"digest at":                 {setting: "A digest comes by itself daily 08:00"},
	"digest weekly":             {setting: "A digest comes by itself weekly monday 08:00"},
	"digest off":                {setting: "No digest comes by itself"},
	"duty":                      {setting: "On duty:"},
	"on duty":                   {setting: "On duty:"},
	"off duty":                  {setting: "On duty:"},
	"ladder set":                {line: "ladder set mute 30", says: "It is so already"},
	"limits set":                {line: "limits set members 25", says: "The limit `members` is 25 already."},
	"roles set":                 {so: func(w *world) { w.roles.On = true }, says: "already"},
	"notice set":                {line: "notice set You *broke* a rule.", says: "already"},
	"notice here":               {line: "notice here {who}, you broke a rule.", says: "already"},
	"notice appeal":             {line: "notice appeal Hello.", says: "already"},
	"reasons set":               {so: func(w *world) { w.reasons = map[string]string{"ban": "spam"} }, says: "already"},
	"reasons remove":            {so: func(w *world) { w.reasons = map[string]string{"remove": "spam"} }, says: "already"},

	"case":           {line: "case 14 overturn", says: "was overturned already"},
	"undo":           {line: "undo 14", says: "already"},
	"spam":           {line: "spam $known", really: "what is left to do is done, and it is said that it was marked before"},
	"not spam":       {line: "not spam $known", really: "likewise"},
	"samples forget": {line: "samples forget m99", says: "`m99`"},
	"samples import": {really: "what is there already, only who takes it in knows"},
	"ban-image":      {so: func(w *world) { w.pictured = true }, line: "ban-image https://matrix.to/#/!lobby:ours.example/$mod gore", says: "The picture `12340000` is banned already"},
	"unban-image":    {line: "unban-image abce", says: "No banned picture"},
	"images import":  {line: "images import\n00000000000000000000000000000000000000000000000000000000000000ab - known", says: "All of them are banned here already."},
}

// What is asked for a second time, and is so already, opens no case, asks nothing and does nothing, and says what holds.
func TestRepeatsChangeNothing(t *testing.T) {
	for _, cmd := range newSet(newWorld()).commands {
		if cmd.effect == looks {
			continue
		}
		t.Run(cmd.name, func(t *testing.T) {
			again, known := repeats[cmd.name]
			if !known {
				t.Fatal("nobody said what it comes to if it is given twice")
			}
			w, line := prepared(), acting[cmd.name]
			if again.line != "" {
				line = again.line
			}
			if again.so != nil {
				again.so(w)
			}
			p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$again"}, line)
			does := len(p.Steps) > 0 || p.Ask != ""
			switch says := again.says + again.setting; {
			case p.Crash != "":
				t.Error(p.Crash)
			case again.really != "" && !does:
				t.Errorf("it does nothing, though %s: %s", again.really, p.Answer)
			case again.really != "":
			case says == "" || !strings.Contains(p.Answer, says):
				t.Errorf("it says %s", p.Answer)
			case p.Command != "" || again.setting == "" && does:
				t.Errorf("it acts: %+v", p.Steps)
			}
		})
	}
	for name := range repeats {
		if acting[name] == "" {
			t.Errorf("no command %s acts", name)
		}
	}
}
