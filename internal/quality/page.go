package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"forseti/protections"
)

const about = `<!-- Written by go run -tags goolm ./internal/quality > docs/quality.md -->

# How good the protections are

How much spam protections stop, and how often they are wrong about people who want nothing. It is measured by playing messages to the real protections, with their settings, the memory that they share, what is known of members, points, and the ladder; only the homeserver is left out, so that what is to be done to a room happens at once. Each figure has the bounds in which the true one is with 95 % confidence (Wilson's interval); they say how much chance is in it, and not whether your rooms are like these.

    go run -tags goolm ./internal/quality
    go run -tags goolm ./internal/quality --seed 7 --chat ../lines
    go run -tags goolm ./internal/quality --wrong "public support"

The last one shows each message about which a preset (or one protection) was wrong. A small part of it is a test, so that a change that makes it worse fails.

## What is played

- **Single spam, ours**: templates in fifteen languages, each written plainly and in fifteen other ways: with invisible characters, letters that look alike, spaced out, with digits for letters, in capitals, in mathematical letters, as an edit, as a caption, below a quote, with HTML, with every sign as an HTML entity, behind a hundred empty links, behind hundreds of signs that are hard to read, behind the sign of a command to a bot, encrypted. Its author has just come and says nothing else.
- **Campaigns, ours**: the same from 1 to 50 accounts in one to five rooms, with other sums, links, handles and words in each, and in one or many of those ways. A message counts as stopped if nothing of it stands after the third of its campaign, or at once if it comes after that.
- **Campaigns of what no list knows**: texts that advertise nothing, said by many likewise. Only that they are repeated can be found, of one or two accounts later than with the third message.
- **Innocents, ours**: small talk, questions and long answers in fifteen languages, many of them about money, work, prices, crypto and scams; code, logs, tables, poetry, quotes of spam, links, shouting, emoji; each as a first message, as an edit, caption, reply and encrypted, and all of a file as a talk; and what several messages make, such as the same question in two rooms, thirty who wish a happy new year, or those who warn of a campaign while it goes on.
- **Real lines**: spam and other messages of public chats, mostly Russian and English, from a folder that is no part of this repository (91 and 219 of the samples of tg-spam, MIT). Of the latter two are offers of earnings in the words of those among the spam; they are shown as contested, and count for neither side.

## What it does not say

- Templates, innocents and the phrases that ` + "`adverts`" + ` looks for were written by the same people, who had also read the real lines when they wrote the phrases; none were taken from there word for word, and nothing was learned from them by a machine. So all of these figures are better than those of spam that nobody has seen. The real lines are nearer to that than ours.
- Nearly all real innocent lines are Cyrillic talk about technology. Of other languages there are few innocents, and they are ours.
- Each innocent line of ours is played in six ways and each real one in two, and the messages of a campaign are like each other: the bounds are narrower than they would be of as many that have nothing to do with each other. Taken for innocents, the contested lines would be 2 of 219 real ones that are told of, and 0.2 % of all.
- Pictures, names, floods and join waves are not what it is about: what is sent as a picture is judged by its caption alone.
- What moderators teach it, their own lists and rules are in none of it: they can only be measured where they are used: ` + "`!forseti stats`" + ` says how much of what was found was undone.

`

// page is all figures, in Markdown.
func page(scenes []Scene, real bool, seed uint64) string {
	var b strings.Builder
	b.WriteString(about)
	fmt.Fprintf(&b, "## Goals of the preset %s\n\nSeed %d, %d messages.", protections.Recommended, seed, count(scenes))
	if !real {
		b.WriteString(" The real lines are not there, and in none of these figures.")
	}
	var measured []Measured
	for _, s := range setups() {
		measured = append(measured, measure(s, scenes, false))
	}
	regular := measure(setups()[0], scenes, true)
	b.WriteString("\n\n" + goalTable(goals(measured[0], regular)))
	b.WriteString("\n## Together\n\n" + header)
	for i, s := range setups() {
		b.WriteString(row(s.Name, measured[i]))
	}
	b.WriteString(row(protections.Recommended+", regular members", regular))
	b.WriteString("\nWhat spammers say who are regular members is let pass: accounts that are stolen, or that were patient. Floods are found all the same.\n")
	fmt.Fprintf(&b, "\n## %s, by what was played\n\n", protections.Recommended)
	b.WriteString("| | Spam stopped | Innocents told of | removed | muted or worse |\n|---|---|---|---|---|\n")
	for _, name := range slices.SortedFunc(maps.Keys(measured[0].By), byNumber) {
		f := measured[0].By[name]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, f.Stopped, f.Alerted, f.Removed, f.Punished)
	}
	b.WriteString("\n## Each protection alone, as the preset sets it\n\nThose that find nothing in any of this are not shown: what they are for is not in it.\n\n" + header)
	for _, k := range protections.Kinds() {
		s := setups()[0].only(k)
		m := measure(s, scenes, false)
		if all := m.Of(""); all.Stopped.n+all.Alerted.n > 0 {
			b.WriteString(row(s.Name, m))
		}
	}
	return b.String()
}

// byNumber compares names so that 5 accounts come before 13.
func byNumber(a, b string) int {
	var an, bn int
	an1, _ := fmt.Sscanf(a, "campaign/%d", &an)
	bn1, _ := fmt.Sscanf(b, "campaign/%d", &bn)
	if an1 == 1 && bn1 == 1 && an != bn {
		return an - bn
	}
	return strings.Compare(a, b)
}

const header = "| | Single spam, ours | Campaigns, ours | Campaigns of what no list knows | Single spam, real | Innocents told of, ours | Innocents told of, real | Innocents muted or worse |\n|---|---|---|---|---|---|---|---|\n"

func row(name string, m Measured) string {
	ours, real := m.Of("innocent/"), m.Of("chat/ham")
	punished := ours.Punished
	punished.add(real.Punished)
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", name,
		m.Of("single/").Stopped, m.Of("campaign/").Stopped, m.Of("campaign of anything/").Stopped, m.Of("chat/spam").Stopped, ours.Alerted, real.Alerted, punished)
}

func count(scenes []Scene) (n int) {
	for _, s := range scenes {
		n += len(s.Lines)
	}
	return n
}

// showWrong writes what a setup, or a protection of the first one, got wrong.
func showWrong(w io.Writer, scenes []Scene, name string) error {
	all := setups()
	for _, k := range protections.Kinds() {
		all = append(all, all[0].only(k))
	}
	at := slices.IndexFunc(all, func(s Setup) bool { return strings.EqualFold(s.Name, name) })
	if at < 0 {
		return fmt.Errorf("there is no preset and no protection %q", name)
	}
	for _, m := range measure(all[at], scenes, false).Mistakes {
		said, _ := m.Outcome.Line.Content["body"].(string)
		fmt.Fprintf(w, "%s\tspam=%t\t%v\t%s\t%q\t%q\n", m.Scene.Corpus, m.Outcome.Line.Spam, m.Outcome.By, m.Outcome.Step, m.Scene.Name, said)
	}
	return nil
}
