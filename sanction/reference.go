package sanction

import (
	"fmt"
	"strings"
)

// Reference explains the ladder for moderators, in Markdown.
func Reference() string {
	var page strings.Builder
	usual := Usual()
	fmt.Fprintf(&page, "Every offence has points by how bad it is, or as many as the setting `points` says. They fade: after %s an offence counts half. "+
		"What one protection finds against a user within %s is one offence, however many messages it is. What several find in one message counts as the worst of it. What was undone counts no more, and what a ban or a mute was for is undone if somebody lifts that by hand, in whatever client. What ends by itself is not.\n\n", Span(usual.halfLife), Span(Burst))
	page.WriteString("| An offence is | Points | For example |\n|---|---|---|\n")
	for _, c := range classes() {
		fmt.Fprintf(&page, "| %s | %d | %s |\n", c.name, c.weight, c.means)
	}
	page.WriteString("\nWith `consequence` set to `ladder`, the default, points lead from step to step:\n\n| Step | From | What is done | Why so |\n|---|---|---|---|\n")
	for _, r := range ladder() {
		from := "never by itself"
		switch {
		case r.from > 0:
			from = fmt.Sprintf("%.0f points", r.from)
		case r.step == base(Note):
			from = "every offence"
		case r.step == base(Light):
			from = "every offence but a note"
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", r.name, from, r.does, r.why)
	}
	fmt.Fprintf(&page, "\nA step is taken once for the same points, also after a crash. It is taken again when points had fallen below half of where it begins, or when what was done since would bring it by itself. "+
		"So nobody is warned or muted over and over around a threshold, and who begins anew meets all of it anew. A mute lasts %s, a ban %s; it is for good for spam and attacks. Both end by themselves, also if I was away when it was time. "+
		"A ban that a list asks for as well goes on for as long as the list does.\n\n", Span(usual.mute), Span(usual.ban))
	page.WriteString(ladderReference())
	page.WriteString("Any other `consequence` is what follows each time, whatever the points: `alert`, `redact`, `warn`, `mute`, `mute 2h`, `kick`, `ban` (for good), `ban 7d`, `list-ban`, `takedown`. " +
		"Messages are removed from `redact` on. `list-ban` and `takedown` write to the first of your own lists, in the order of `!forseti lists`; without one they are a ban in the room.\n\n" +
		"What was found and done is told in the management room, in one message for a burst of one protection, which is edited as it goes on. Reactions of moderators to it count: ↩️ undoes it, so that it counts no more and bans, mutes and rules are taken back (what was removed or given back stays so); 👎 does the same and takes it for a mistake of the protection, which goes to shadow if it makes too many; ⬆️ goes a step further, to a mute, a ban, a rule in your list, a takedown; 🛡️ undoes it and puts its author into `exempt-users`. The alert names each in a word, and `!forseti help alerts` says the same as here. Each is done once, also if I am stopped meanwhile.\n\n" +
		"Such a message rings no phone, however bad it is, for it is edited as it goes on. `!forseti alerts ping attack @room` has somebody called for what is an attack, by a short message of its own, once in five minutes; `alerts room` has that said in another room; and `alerts quiet 22:00-07:00 Europe/Berlin except attack` sets hours in which only attacks call anybody. By default nobody is called: who reads along sees it, and who does not has set no alarm.\n\n" +
		"After a ban, and after a mute for spam or an attack, what the same user still says is removed as well, for ten minutes or as long as it holds: it was under way, or comes late from another server. So are names and pictures that they give themselves then, the name that a spammer came with on the same day or that has an address in it, and invitations of spammers and attackers that nobody has answered yet. " +
		"If they changed a room's name, topic or picture within the day, it becomes again what it was before, also if that came from one of several of them; what somebody else has set since stays, and if I lack the power you are told. What those wrote whom a watched list bans goes only if that list is watched with `--redact` (`!forseti watch coc --redact`).\n\n" +
		"Each burst against one user is a case with a number, which the message here, `!forseti why` and what the user is told name. `!forseti case 12` shows what was found and done, the evidence, and who decided; `case 12 note` writes something down. Whom I told something can answer in the same direct chat: what they say is brought here as an appeal, once for each case, and `case 12 uphold` or `case 12 overturn`, with words for them behind it if you like, answers it. `overturn` takes back what was done and still stands, and it counts no more, just as ↩️ does; `!forseti appeals` lists who waits. `!forseti notice appeal` names another way for them.\n\n" +
		"Users are told in a direct chat of the steps that `tell` names: what was done, why, and for how long, in the words of `!forseti notice`. Nobody is told of spam and attacks, nobody who was never in the room, nobody twice within an hour, and no more than 20 people in an hour, so that nobody can have me write to others at will.\n\n" +
		fmt.Sprintf("Of the steps that `tell-here` names they are told in the room itself instead, in a line that names them (`!forseti notice here` says how) and rings no phone but theirs. The same holds of it, and there are no more than %d such lines in an hour in one room: of what comes after, they are told as `tell` says. Such a line says nothing of how to appeal unless you write it there, for what is answered in a room is no appeal.\n", MostHere))
	return page.String()
}

// PostureReference are the rows of a table of the postures, in Markdown.
func PostureReference() string {
	var rows strings.Builder
	for _, p := range Postures() {
		fmt.Fprintf(&rows, "| `%s` | %d %% |\n", p, p.Percent())
	}
	return rows.String()
}

// ladderReference says how the ladder can be set, and why it is as it is unless it is.
func ladderReference() string {
	var page strings.Builder
	page.WriteString("`!forseti ladder` shows how your community has the ladder, and `!forseti ladder set mute 50` changes it, for all protections and rooms; what follows from one protection, or in one room, is its setting `consequence`. " +
		"What is set holds at once, also for what was done before: points are added up when they are asked for. A harder step always begins at more points, and one that would never be reached is refused. " +
		"A week is long enough that who comes back each evening is known, and short enough that nobody is judged by last month; steps lie so far apart that each is met by a second offence and not by the same one; nothing that others follow, and nothing that cannot be taken back, comes of points alone.\n\n| Setting | Default | What it is |\n|---|---|---|\n")
	for _, s := range ladderRows() {
		fmt.Fprintf(&page, "| `%s` | `%s` | %s |\n", s.name, s.usual, s.doc)
	}
	page.WriteString("\n`!forseti ladder set ceiling mute` is for communities in which only people ban: a harder step is then never taken, and ⬆️ at the message about it takes it. `ladder set list-ban never` keeps everything but you from your lists.\n\n")
	return page.String()
}
