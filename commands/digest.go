package commands

import (
	"context"
	"fmt"
	"time"

	"forseti/action"
	"forseti/draw"
	"forseti/text"
)

// DigestDesk is what the command about a day asks.
type DigestDesk interface {
	// Hours are what happened in the protected rooms, hour by hour from a time on.
	Hours(ctx context.Context, from time.Time, hours int) ([]Hour, error)
	Now() time.Time
}

// Hour is what happened within an hour.
type Hour struct {
	Joins int // users who came and were in none of the rooms before
	Found int // offences that protections found
	Done  int // bans, removals and the like that were done
}

// digestHours is how long a digest looks back.
const digestHours = 24

func digestCommands(d DigestDesk) []*command {
	return []*command{{
		name: "digest", also: []string{"digest show"}, family: "Protections", effect: looks,
		summary:  "show what the last day was like, hour by hour, as a picture",
		details:  "It shows who joined and was in none of the protected rooms before, what protections found, and what was done, with the same in words below it. Times are by UTC.",
		examples: []string{"digest"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return digest(ctx, c, d) },
	}}
}

func digest(ctx context.Context, c *call, d DigestDesk) (Plan, error) {
	// Whole hours, of which the last is under way.
	from := d.Now().UTC().Truncate(time.Hour).Add(-(digestHours - 1) * time.Hour)
	hours, err := d.Hours(ctx, from, digestHours)
	if err != nil {
		return Plan{}, err
	}
	said := inShort(from, hours)
	if len(hours) == 0 || peak(hours, func(h Hour) int { return h.Joins + h.Found + h.Done }) < 0 {
		return Plan{Answer: said}, nil
	}
	p := Plan{Answer: "The picture above shows it hour by hour."}
	p.do(action.Action{Verb: action.Say, Room: c.Room, Message: &action.Message{
		Markdown: said, File: &action.File{Data: charted(from, hours), Type: "image/png", Name: "digest.png"},
	}}, "drew it")
	p.harmless = true
	return p, nil
}

// counted is one kind of thing that a digest shows.
type counted struct {
	name string
	of   func(Hour) int
}

func allCounted() []counted {
	return []counted{
		{"Joins", func(h Hour) int { return h.Joins }},
		{"Found by protections", func(h Hour) int { return h.Found }},
		{"Bans, removals and the like", func(h Hour) int { return h.Done }},
	}
}

// peak is the hour in which there was most; -1 if there was nothing.
func peak(hours []Hour, of func(Hour) int) int {
	at := -1
	for i, h := range hours {
		if n := of(h); n > 0 && (at < 0 || n > of(hours[at])) {
			at = i
		}
	}
	return at
}

// inShort says in words what the picture shows.
func inShort(from time.Time, hours []Hour) string {
	var parts []string
	for _, r := range allCounted() {
		sum := 0
		for _, h := range hours {
			sum += r.of(h)
		}
		if at := peak(hours, r.of); at >= 0 {
			most := from.Add(time.Duration(at) * time.Hour).Format("15:04")
			parts = append(parts, fmt.Sprintf("%s: **%d**%s", r.name, sum, text.Pick(sum, "", fmt.Sprintf(", most of them from %s on (%d)", most, r.of(hours[at])))))
		}
	}
	if len(parts) == 0 {
		return "In the last 24 hours nobody new came, nothing was found and nothing was done."
	}
	return "The last 24 hours:" + listing(parts, "")
}

// charted is the picture.
func charted(from time.Time, hours []Hour) []byte {
	to := from.Add(time.Duration(len(hours)) * time.Hour)
	c := draw.Chart{Title: fmt.Sprintf("%s to %s, UTC", from.Format("2 January 15:04"), to.Format("2 January 15:04"))}
	for i := range hours {
		mark := ""
		if at := from.Add(time.Duration(i) * time.Hour); at.Hour()%3 == 0 {
			mark = at.Format("15")
		}
		c.Marks = append(c.Marks, mark)
	}
	for _, r := range allCounted() {
		row := draw.Row{Name: r.name}
		for _, h := range hours {
			row.Values = append(row.Values, r.of(h))
		}
		c.Rows = append(c.Rows, row)
	}
	return c.PNG()
}
