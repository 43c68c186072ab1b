package main

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Templates of what advertises, and of what does not.
var (
	//go:embed corpora/spam.txt
	spamTemplates string
	//go:embed corpora/anything.txt
	anythingTemplates string
)

// template is a text with places to fill in.
type template struct{ kind, text string }

// templates are those of a file.
func templates(file string) (all []template) {
	for _, line := range lines(file) {
		kind, text, _ := strings.Cut(line, " ")
		all = append(all, template{kind, text})
	}
	return all
}

// lines are those of a file that say something; a backslash and an n are the end of a line
// within a message.
func lines(file string) (all []string) {
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, strings.ReplaceAll(line, `\n`, "\n"))
		}
	}
	return all
}

// fill makes a message of a template.
func (t template) fill(r *rand.Rand) string { return slots(r, t.choose(r)) }

// choose takes one of each of its choices.
func (t template) choose(r *rand.Rand) string {
	text := t.text
	for {
		before, rest, found := strings.Cut(text, "[")
		if !found {
			break
		}
		inner, after, _ := strings.Cut(rest, "]")
		choices := strings.Split(inner, "|")
		text = before + choices[r.IntN(len(choices))] + after
	}
	return text
}

// slots fills in sums, links and the like.
func slots(r *rand.Rand, text string) string {
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	amount := pick("250", "500", "800", "1,200", "1500", "3.000", "5000", "12.500", "20 000")
	return strings.NewReplacer(
		"{money}", pick("$"+amount, amount+"$", amount+" USD", "€"+amount, amount+" €", amount+" USDT"),
		"{percent}", pick("3%", "5 %", "10%", "20%", "50%", "85%", "98%", "200%"),
		"{n}", pick("2", "3", "4", "5", "7", "10"),
		"{handle}", pick("@", "https://t.me/", "wa.me/", "@")+pick("profit", "lisa", "manager", "crypto", "best", "admin", "team")+pick("_", "")+fmt.Sprint(r.IntN(900)+100),
		"{link}", pick("https://", "http://", "https://www.", "")+pick("invest", "profit", "coin", "bonus", "fast", "my")+pick("-", "")+pick("hub", "club", "trade", "zone")+pick(".top", ".xyz", ".site", ".io", ".com")+pick("", "/r/", "/?ref=")+pick("", fmt.Sprint(r.IntN(1000))),
	).Replace(text)
}

// singles are messages of spam, each by somebody who says nothing else: of every template in
// every way, so many times.
func singles(r *rand.Rand, times int) (scenes []Scene) {
	for _, e := range evasions() {
		for _, t := range templates(spamTemplates) {
			for range times {
				made := alone("single/"+e.name, true, e.of(r, t.fill(r)))
				made[0].Name = t.kind + ": " + t.text
				made[0].Lines[0].Encrypted = e.sealed
				scenes = append(scenes, made...)
			}
		}
	}
	return scenes
}

// campaigns are messages of one text by several accounts, in one room or many, each a little
// different and said in its own way.
func campaigns(r *rand.Rand, times int) (scenes []Scene) {
	for _, accounts := range []int{1, 2, 3, 5, 8, 13, 20, 35, 50} {
		for range times {
			for _, t := range templates(spamTemplates) {
				scenes = append(scenes, campaign(r, "campaign", t, accounts))
			}
			for _, t := range templates(anythingTemplates) {
				scenes = append(scenes, campaign(r, "campaign of anything", t, accounts))
			}
		}
	}
	return scenes
}

func campaign(r *rand.Rand, of string, t template, accounts int) Scene {
	const least = 6
	all, evade := evasions(), r.IntN(len(evasions())+1)
	scene := Scene{Corpus: fmt.Sprintf("%s/%d accounts", of, accounts), Name: t.kind + ": " + t.text}
	across := 1 + r.IntN(fewRooms)
	usual, way := t.choose(r), "in many ways"
	if evade < len(all) {
		way = all[evade].name
	}
	scene.Name += " (" + way + ")"
	for n := range max(accounts, least) {
		e := all[r.IntN(len(all))] // each in another way
		if evade < len(all) {
			e = all[evade]
		}
		text := slots(r, usual)
		switch r.IntN(6) { // nobody's campaign is of one text alone
		case 0:
			text = t.fill(r)
		case 1:
			text += []string{" 🔥", "!!", " 👇👇", " 💰💰💰", " ✅"}[r.IntN(5)]
		case 2:
			text = []string{"Hi! ", "🔥🔥 ", "Привет! ", "… ", "Hello "}[r.IntN(5)] + text
		}
		scene.Lines = append(scene.Lines, Line{
			By: id.UserID(fmt.Sprintf("@%s%d:example.org", []string{"anna", "bob", "user", "x"}[r.IntN(4)], n%accounts+1000)), Room: n % across,
			After: time.Duration(1+r.IntN(120)) * time.Second, Content: e.of(r, text), Encrypted: e.sealed, Spam: true,
		})
	}
	names := map[int]id.UserID{}
	for i := range scene.Lines { // an account keeps its name
		n := i % accounts
		if names[n] == "" {
			names[n] = scene.Lines[i].By
		}
		scene.Lines[i].By = names[n]
	}
	return scene
}
