package commands

import "testing"

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
	w.lists[2].Writable = false
	expect(t, w, "ban @u:hs rude", nil, "I may not write to the list `spam`, which is the default.")
}
