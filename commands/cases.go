package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// CaseDesk shows what happened to single users, by number.
type CaseDesk interface {
	// Case finds a case; false if there is none of that number.
	Case(ctx context.Context, number int) (Case, bool, error)
	// Appeals are the cases that wait for a moderator's answer, the first one first.
	Appeals(ctx context.Context) ([]Case, error)
	// Cases finds cases, the latest first, without what was found and done in them.
	Cases(ctx context.Context, s Sought) ([]Case, error)
	// History is what was done, the latest first; what was done to one user in many rooms by one
	// decision is one.
	History(ctx context.Context, s Sought) ([]Deed, error)
	// Acts are what a case's command did and what became of that.
	Acts(ctx context.Context, number int) ([]Act, error)
	// Events are the messages that a case is about, or all cases of a user, the latest first.
	Events(ctx context.Context, number int, u id.UserID) ([]id.EventID, error)
	Now() time.Time
}

// Sought is which cases or deeds are looked for.
type Sought struct {
	User  id.UserID // to or by whom, "" for all
	Room  id.RoomID // where, "" for all
	Since time.Time
}

// Case is what happened to one user.
type Case struct {
	Number int
	User   id.UserID
	Ordered
	Protection string
	Reason     string
	Opened     time.Time
	// Decided is how it ended, by whom and when: "automatic" while nobody has looked at it,
	// "" while an appeal waits.
	Decided   string
	DecidedBy id.UserID
	At        time.Time
	Answer    string // of the moderator, to the user

	Offences []Offence
	Did      []Deed
	Events   []id.EventID // of which there may be evidence
	Notes    []CaseNote
	Appeal   string // in the user's words, "" for none
}

// Telling is the message that told of a case, or ordered it, as far as that is known.
type Telling struct {
	Room  id.RoomID
	Event id.EventID // "" if it is not
}

// Ordered is what a case is about if a moderator opened it, and where one reads of it, whoever did.
type Ordered struct {
	OpenedBy id.UserID  // a moderator, whose command it is about; "" for us
	Going    bool       // it is still being carried out
	Command  string     // the name of that command
	About    []string   // whom or what it is about, if not one user
	Event    id.EventID // of that command
	Told     Telling
	Changed  []Change // what it changed besides what it did
	Listed
}

// Listed is what a case is about that the rules of a list opened.
type Listed struct {
	List   id.RoomID // "" for any other
	Lifted bool      // the list took rules back, and their bans were lifted
	Rules  []ListedRule
	More   int // how many it is about who are not named
}

// ListedRule is one of those rules.
type ListedRule struct {
	Event  id.EventID
	Entity string
	By     id.UserID // who wrote it; "" if that is not known any more
}

// Deed is something that was done, or was to be.
type Deed struct {
	At    time.Time
	Did   string // "Banned"
	In    string // how the room stands beside that; "" for in
	Room  id.RoomID
	State string // "done", or what became of it otherwise
	By    id.UserID
	Count int
	What  action.Object // what of theirs was removed; "" for all else
	Users []id.UserID   // whose; of a case, if it is not about one user
	For   []string      // what the rules are about that were written or removed
	User  id.UserID     // to whom; only of the history, as what follows
	Rooms int           // in how many
	Why   string        // by which rule or protection
	Case  int64
}

// what it was, how often, and to whom or for what.
func (did Deed) what() string {
	said := did.Did
	if did.What != "" {
		said += " a " + string(did.What)
	}
	if did.Count > did.Rooms && did.Count > 1 {
		said += fmt.Sprintf(" (%d times)", did.Count)
	}
	users := did.Users
	if did.User != "" {
		users = []id.UserID{did.User}
	}
	if len(users) > 0 {
		said += pick(did.What != "", " of ", " ") + text.Named(users, mostOfADeed)
	}
	if len(did.For) > 0 {
		said += " for " + text.Named(did.For, mostOfADeed)
	}
	return said
}

// mostOfADeed is how many are named of those whom something was done to.
const mostOfADeed = 3

func (did Deed) in() string { return cmp.Or(did.In, "in") }

// CaseNote is what a moderator wrote down about a case.
type CaseNote struct {
	By   id.UserID
	At   time.Time
	Text string
}

// How a case ends.
const (
	CaseUpheld     = "upheld"
	CaseOverturned = "overturned"
)

func caseCommands(d undoDesks) []*command {
	return []*command{{
		name: "case", family: "Members", effect: moderates,
		summary: "show what happened to a user, by the number of the case, or decide about it",
		details: "Each burst of what a protection finds against a user is a case, and so is each command of yours that acts on users, rules or rooms, and what the rules of a list did in one go that others wrote. `overturn` takes back exactly what was done and still stands, has it count no more, and tells the user if they appealed; `uphold` leaves it as it is, and tells them; `note` writes something down for the other moderators; `reason` changes the reason that is kept here, and not what stands in rooms and lists.",
		params: []param{
			{name: "number", doc: "the number of the case", value: caseNumber, kind: saysCase},
			{name: "what", optional: true, acts: true, doc: "`uphold`, `overturn`, `note` or `reason`; nothing to see it", value: verdictValue},
			{name: "text", optional: true, doc: "what the user is told with it, the note, or the reason", value: textValue},
		},
		examples: []string{"case 12", "case 12 overturn Sorry, that was our mistake.", "case 12 uphold Please read the rules of the room.", "case 12 note also known as @other:example.org"},
		asks:     "if it takes back what a command did",
		plan:     func(ctx context.Context, c *call) (Plan, error) { return caseOf(ctx, c, d) },
	}, {
		name: "appeals", family: "Members", effect: looks,
		summary:  "show the appeals that wait for your answer",
		details:  "Who is told of a step can answer in the same direct chat. What they say is brought here once for each case.",
		examples: []string{"appeals"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return appeals(ctx, c, d.cases) },
	}}
}

var verdictValue = value{hint: "uphold, overturn, note or reason", parse: func(_ *call, w grammar.Word) (any, error) {
	all := []string{"uphold", "overturn", "note", "reason"}
	if what := strings.ToLower(w.Text); slices.Contains(all, what) {
		return what, nil
	}
	if best := text.Nearest(w.Text, all); best != "" {
		return nil, refuse("%s is nothing to do with a case. Did you mean %s?", text.Code(w.Text), text.Code(best))
	}
	return nil, refuse("%s is nothing to do with a case. There are `uphold`, `overturn`, `note` and `reason`.", text.Code(w.Text))
}}

func caseOf(ctx context.Context, c *call, d undoDesks) (Plan, error) {
	n, what, words := arg[int](c, "number"), arg[string](c, "what"), arg[string](c, "text")
	of, err := findCase(ctx, d.cases, n)
	switch {
	case err != nil:
		return Plan{}, err
	case what == "":
		return Plan{Answer: showCase(c, of)}, nil
	case what == "note" && words == "":
		return Plan{}, refuse("Write what is to be noted: `!forseti case %d note <text>`.", n)
	case what == "note":
		p := Plan{Answer: fmt.Sprintf("I noted that on case %d.", n), Effect: fmt.Sprintf("Case %d would have a note.", n)}
		p.change(Change{Kind: NoteCase, Number: n, User: c.Sender, Value: words}, "")
		p.harmless = true
		return p, nil
	case what == "reason" && words == "":
		return Plan{}, refuse("Write the reason: `!forseti case %d reason <text>`.", n)
	case what == "reason":
		p := Plan{Answer: fmt.Sprintf("The reason of case %d is now: %s. It was: %s.", n, text.Escape(words, text.MostReason), of.why()), Effect: fmt.Sprintf("Case %d would have another reason.", n)}
		p.change(Change{Kind: ReasonCase, Number: n, User: c.Sender, Value: words}, "")
		p.harmless = true
		return p, nil
	case what == "overturn" && of.Decided != CaseOverturned && (of.Command != "" || of.List != ""):
		return undoing(ctx, c, d, of)
	case what == "overturn" && of.Decided == CaseOverturned:
		return says("Case %d was overturned already, by %s.", n, text.Code(string(of.DecidedBy))), nil
	case what == "uphold" && of.Decided == CaseOverturned:
		return Plan{}, refuse("Case %d was overturned, and what was taken back is not done again by itself. `!forseti ban %s` bans them.", n, of.User)
	}
	told := pick(of.Appeal != "", " They are told.", "")
	p := Plan{Effect: fmt.Sprintf("Case %d would be upheld.", n), Answer: fmt.Sprintf("Case %d is upheld: it stays as it is.%s", n, told)}
	change := Change{Kind: UpholdCase, Number: n, User: c.Sender, Value: words}
	if what == "overturn" {
		p.Effect = fmt.Sprintf("Case %d would be overturned: what was done to %s would be taken back and count no more.", n, text.Code(string(of.User)))
		p.Answer = fmt.Sprintf("Case %d is overturned: it counts no more, and what was done and still stands is taken back, as you will read below. What was removed stays so.%s", n, told)
		change.Kind = OverturnCase
	}
	p.change(change, "")
	p.harmless = what == "uphold"
	return p, nil
}

// mostCaseLines bounds each list of a case that is shown.
const mostCaseLines = 10

func showCase(c *call, of Case) string {
	said := []string{fmt.Sprintf("**Case %d**: %s, %s, by %s. The reason that everybody may read: %s.", of.Number, of.whom(&c.known), c.stamp(of.Opened), of.openedBy(), of.why()),
		verdictWords(c, of), where(c, of), listedWords(c, of)}
	var lines []string
	for _, o := range of.Offences {
		lines = append(lines, fmt.Sprintf("%s in %s: %s, %s%s", c.stamp(o.At), c.room(o.Room), o.Class, o.Step, pick(o.Undone, ", undone", "")))
	}
	said = append(said, some("What was found:", lines))
	lines = nil
	for _, did := range of.Did {
		line := did.what()
		if did.Room != "" {
			line += " " + did.in() + " " + anyRoom(c, did.Room)
		}
		line += ", " + c.stamp(did.At)
		if did.By != "" {
			line += ", by " + text.Code(string(did.By))
		}
		lines = append(lines, line+pick(did.State == "", "", ": "+did.State))
	}
	said = append(said, some("What was done:", lines))
	lines = nil
	for _, e := range of.Events {
		lines = append(lines, text.Code("!forseti evidence "+string(e)))
	}
	said = append(said, some("Evidence, as long as it is kept:", lines))
	if of.Appeal != "" {
		said = append(said, "They appealed:\n\n> "+text.Escape(of.Appeal, mostEvidence))
	}
	if of.Answer != "" {
		said = append(said, "They were answered:\n\n> "+text.Escape(of.Answer, mostEvidence))
	}
	lines = nil
	for _, n := range of.Notes {
		lines = append(lines, fmt.Sprintf("%s, %s: %s", text.Code(string(n.By)), c.stamp(n.At), text.Escape(n.Text, text.MostReason)))
	}
	return text.Paragraphs(append(said, some("Notes:", lines))...)
}

// where leads to the message that told of a case: its thread is where moderators talk about it.
func where(c *call, of Case) string {
	if of.Told.Event == "" {
		return ""
	}
	return fmt.Sprintf("[Where it was %s](%s): its thread is the place to talk about it.", pick(of.Command != "", "ordered", "told"),
		of.Told.Room.EventURI(of.Told.Event, c.self.Homeserver()).MatrixToURL())
}

// openedBy is who found what it is about.
func (of Case) openedBy() string {
	switch {
	case of.OpenedBy != "" && of.Command != "":
		return fmt.Sprintf("%s with `%s`", text.Code(string(of.OpenedBy)), of.Command)
	case of.OpenedBy != "":
		return text.Code(string(of.OpenedBy))
	case of.List != "":
		return pick(of.Lifted, "a list that took rules back", "the rules of a list")
	}
	return text.Code(of.Protection)
}

// whom it is about, in few words.
func (of Case) whom(k *known) string {
	switch {
	case of.User != "":
		return text.Code(string(of.User))
	case len(of.About) == 0:
		return "rooms"
	}
	named := make([]string, 0, len(of.About))
	for _, name := range of.About {
		named = append(named, subject(k, name))
	}
	if of.More > 0 {
		return fmt.Sprintf("%s and %d more", text.NamedSome(named, mostAdmins), of.More)
	}
	return text.NamedSome(named, mostAdmins)
}

// subject shows whom or what a case is about: a room or a list by its name.
func subject(k *known, name string) string {
	room := id.RoomID(name)
	switch {
	case !strings.HasPrefix(name, "!"):
		return text.Code(name)
	case k.watches(Ref{Room: room}):
		return k.listOf(policy.Rule{List: room})
	default:
		return k.room(room)
	}
}

// listedWords name the rules of a list that a case is about, and who wrote them.
func listedWords(c *call, of Case) string {
	if of.List == "" {
		return ""
	}
	lines := make([]string, 0, len(of.Rules))
	for _, r := range of.Rules {
		line := text.Code(r.Entity)
		if r.By != "" {
			line += ", by " + text.Code(string(r.By))
		}
		lines = append(lines, line)
	}
	return some(fmt.Sprintf("%s of %s:", pick(of.Lifted, "Rules that went out", "Rules"), c.listOf(policy.Rule{List: of.List})), lines)
}

func (of Case) why() string {
	if of.Reason == "" {
		return "none was given"
	}
	return text.Escape(of.Reason, text.MostReason)
}

// some shows the last of a list; nothing of an empty one.
func some(heading string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	more := ""
	if n := len(lines) - mostCaseLines; n > 0 {
		lines, more = lines[n:], fmt.Sprintf("\n\n… and %d earlier", n)
	}
	return heading + listing(lines, "") + more
}

// verdictWords say how a case stands, and what can be done about it.
func verdictWords(c *call, of Case) string {
	decide := fmt.Sprintf("%s takes it back, %s leaves it.", text.Code(fmt.Sprintf("!forseti case %d overturn", of.Number)), text.Code(fmt.Sprintf("!forseti case %d uphold", of.Number)))
	switch of.Decided {
	case "":
		return "They have appealed, and wait for your answer: " + decide
	case CaseOverturned:
		if of.Command != "" {
			return fmt.Sprintf("It was undone by %s, %s.", text.Code(string(of.DecidedBy)), c.stamp(of.At))
		}
		fallthrough
	case CaseUpheld:
		return fmt.Sprintf("It was %s by %s, %s.", of.Decided, text.Code(string(of.DecidedBy)), c.stamp(of.At))
	}
	if len(of.Offences) > 0 && !slices.ContainsFunc(of.Offences, func(o Offence) bool { return !o.Undone }) {
		return "It was undone, and counts no more."
	}
	if of.OpenedBy != "" {
		return fmt.Sprintf("%s decided it. ", text.Code(string(cmp.Or(of.DecidedBy, of.OpenedBy)))) + decide
	}
	return "I decided it by myself. " + decide
}

func appeals(ctx context.Context, c *call, d CaseDesk) (Plan, error) {
	waiting, err := d.Appeals(ctx)
	if err != nil {
		return Plan{}, err
	}
	if len(waiting) == 0 {
		return says("No appeal waits for your answer."), nil
	}
	var lines []string
	for _, of := range waiting {
		lines = append(lines, fmt.Sprintf("case %d, %s, by %s: %s", of.Number, text.Code(string(of.User)), of.openedBy(), text.Escape(of.Appeal, text.MostReason)))
	}
	return says("%s for your answer:%s\n\n`!forseti case <number>` shows one.", text.Pick(len(lines), "1 appeal waits", fmt.Sprintf("%d appeals wait", len(lines))), some("", lines)), nil
}
