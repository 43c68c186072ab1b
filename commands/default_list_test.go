package commands

import (
	"strings"
	"testing"
)

// Of several lists that can be written to, the default is meant if none is named.
func TestDefaultList(t *testing.T) {
	several := func() *world {
		w := newWorld()
		w.lists = append(w.lists, List{ID: "!spam:ours.example", Name: "Spam", Shortcode: "spam", Writable: true, Exempts: true})
		return w
	}
	expect(t, several(), "ban @u:hs", nil, "Which list? I may write to `coc`, `spam`.", "list default")
	expect(t, several(), "list default", nil, "There is no default list.")
	expect(t, several(), "list default spam", []string{"default_list !spam:ours.example"}, "Rules are written to `spam` from now on")
	expect(t, several(), "list default #coc:ours.example", []string{"default_list !coc:ours.example"})
	expect(t, several(), "list default theirs", nil, "may not write to the list `theirs`")
	expect(t, several(), "list default nothing", nil, "No list is called `nothing`")
	expect(t, several(), "list default none", nil, "There is no default list.")
	w := several()
	w.lists[2].Default = true
	expect(t, w, "lists", nil, "`spam`", "the default for new rules")
	expect(t, w, "list default", nil, "Rules are written to `spam`")
	expect(t, w, "list default spam", nil, "already")
	expect(t, w, "ban @u:hs rude", []string{`rule user "@u:hs" in !spam:ours.example because "rude", sure false`})
	expect(t, w, "exempt @u:hs", []string{`rule user "@u:hs" in !spam:ours.example because "", sure false`})
	expect(t, w, "ban @u:hs coc rude", []string{`rule user "@u:hs" in !coc:ours.example because "rude", sure false`})
	expect(t, w, "list default none", []string{"default_list"}, "It was `spam`")
	expect(t, w, "unwatch spam", []string{"unwatch !spam:ours.example"}, "No longer watching", "New rules went into it if no list was named. `!forseti list default`")
	expect(t, w, "unwatch coc", []string{"unwatch !coc:ours.example"}, "!!New rules went into it")
	w.lists[2].Writable = false
	expect(t, w, "ban @u:hs rude", nil, "I may not write to the list `spam`, which is the default.")
}

// A command that names none of several lists is offered with each of them, as it was written otherwise.
func TestListsAreOffered(t *testing.T) {
	w := newWorld()
	w.lists = append(w.lists, List{ID: "!spam:ours.example", Name: "Spam", Shortcode: "spam", Writable: true})
	set := newSet(w)
	for _, line := range []string{`ban @u:hs.example spamming "all" day`, `  BAN  @u:hs.example evil.hs.example --for 7d -- --spamming`, "takedown @u:hs.example vile", set.InReply("ban @u:hs.example spamming", "$reply")} {
		p := set.Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
		if len(p.Choices) != 2 || p.Choices[0].Name != "`coc`" || p.Choices[1].Name != "`spam`" {
			t.Fatalf("%q offers %+v", line, p.Choices)
		}
		for i, list := range []string{"!coc:ours.example", "!spam:ours.example"} {
			chosen := set.Plan(t.Context(), Request{Sender: mod, Event: "$r", Room: "!mods:ours.example"}, p.Choices[i].Line)
			by := set.Plan(t.Context(), Request{Sender: mod, Event: "$r", Room: "!mods:ours.example"}, line+" --into "+list)
			if strings.Contains(line, " -- ") {
				by = set.Plan(t.Context(), Request{Sender: mod, Event: "$r", Room: "!mods:ours.example"}, strings.Replace(line, " -- ", " --into "+list+" -- ", 1))
			}
			n := 0
			for a := range chosen.actions() {
				n++
				if string(a.Room) != list {
					t.Errorf("%q goes to %s", p.Choices[i].Line, a.Room)
				}
			}
			if n == 0 || chosen.Answer != by.Answer || chosen.Effect != by.Effect {
				t.Errorf("%q: %d rules, %q, not %q", p.Choices[i].Line, n, chosen.Answer, by.Answer)
			}
		}
	}
	expect(t, w, "ban @u:hs.example coc rude --into spam", nil, "named twice")
	if p := set.Plan(t.Context(), Request{Sender: mod}, "exempt @u:hs.example"); len(p.Choices) > 0 {
		t.Errorf("what takes no option offers %+v", p.Choices)
	}
}
