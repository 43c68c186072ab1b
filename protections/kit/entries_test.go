package kit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

// What is put in and taken out of a setting.
func TestWritten(t *testing.T) {
	s := &sees{}
	k := s.kind("sees", kit.Number("messages", 10, 2, 1000, "How many."))
	stand := kit.Standing{Values: map[string]string{"exempt-users": "@a:hs @b:hs"}}
	local := stand.WithValues(other, map[string]string{"exempt-users": "@c:hs"})
	for _, tc := range []struct {
		stand             kit.Standing
		room              id.RoomID
		name, value, want string // "!" before what is refused
	}{
		{stand, "", "exempt-users", "+ @c:hs", "@a:hs @b:hs @c:hs"},
		{stand, "", "Exempt-Users", "+ @C:hs, @b:hs", "@C:hs @a:hs @b:hs"},
		{stand, "", "exempt-users", "+ @a:hs", "@a:hs @b:hs"},
		{stand, "", "exempt-users", "- @a:hs", "@b:hs"},
		{stand, "", "exempt-users", "- @a:hs @b:hs", "none"},
		{stand, "", "exempt-users", "- @z:hs", "!has no `@z:hs`"},
		{stand, "", "exempt-users", "- z", "!has no `z`"},
		{stand, "", "exempt-users", "+ z", "!nothing of that"},
		{stand, "", "exempt-users", "+ @*:*", "!nothing of that"},
		{stand, "", "exempt-users", "+ " + many("@u%d:hs "), "!takes 50 at most"},
		{stand, "", "messages", "+ 5", "!is no list"},
		{stand, "", "massages", "+ 5", "!no such setting"},
		{stand, other, "exempt-users", "+ @c:hs", "@a:hs @b:hs @c:hs"},
		{local, other, "exempt-users", "+ @d:hs", "@c:hs @d:hs"},
		{kit.Standing{}, "", "exempt-users", "+ @d:hs", "@d:hs"},
	} {
		got, err := k.Written(tc.stand, tc.room, tc.name, tc.value)
		switch wrong, refused := strings.CutPrefix(tc.want, "!"); {
		case refused && (err == nil || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%s %s: %v, want %q", tc.name, tc.value, err, wrong)
		case refused:
		case err != nil || got["exempt-users"] != tc.want:
			t.Errorf("%s %s: %q (%v), want %q", tc.name, tc.value, got["exempt-users"], err, tc.want)
		default:
			// To write it twice is to write it once.
			again, err := k.Written(tc.stand.WithValues(tc.room, got), tc.room, tc.name, tc.value)
			if err == nil && !maps.Equal(got, again) {
				t.Errorf("%s %s twice: %q", tc.name, tc.value, again)
			}
		}
	}
}

// A family's settings are called by moderators, and read together.
func TestFamily(t *testing.T) {
	family := kit.FamilyOf(kit.Users("list", "Users of one list."))
	s := &sees{}
	var seen []kit.Named[[]glob.Pattern]
	s.check = func(in kit.Signal, room kit.View) []kit.Finding { seen = family.In(room); return nil }
	k := s.kind("sees", family)
	set := func(values map[string]string, name, value string) map[string]string {
		t.Helper()
		values, err := k.Set(values, name, value)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	values := set(set(nil, "LIST.de", "@a:hs"), "list.crypto", "@b:hs @c:hs")
	stand := kit.Standing{Mode: kit.On, Values: values}.WithValues(kittest.RoomID, set(nil, "list.de", "@d:hs"))
	b := kittest.New(t, k, nil)
	b.Configure(stand)
	b.Say(user, "x")
	names := func() (all []string) {
		for _, n := range seen {
			all = append(all, fmt.Sprint(n.Name, len(n.Value), n.Value[0].String()))
		}
		return all
	}
	if got := names(); !slices.Equal(got, []string{"crypto2@b:hs", "de1@d:hs"}) {
		t.Errorf("%q", got)
	}
	var shown []string
	for _, setting := range k.Settings(stand, kittest.RoomID) {
		if strings.HasPrefix(setting.Name, "list") {
			shown = append(shown, setting.Name+"="+setting.Value)
		}
	}
	if !slices.Equal(shown, []string{"list.name=none", "list.crypto=@b:hs @c:hs", "list.de=@d:hs"}) {
		t.Errorf("%q", shown)
	}
	if values = set(values, "list.de", "default"); len(values) != 1 {
		t.Errorf("%q", values)
	}
	for _, name := range []string{"list", "list.", "list.a b", "list.ä", "list." + strings.Repeat("a", 31), "lists.a"} {
		if got, err := k.Set(values, name, "@a:hs"); err == nil {
			t.Errorf("%s becomes %q", name, got)
		}
	}
	for n := range 19 {
		values = set(values, fmt.Sprint("list.", n), "@a:hs")
	}
	if _, err := k.Set(values, "list.more", "@a:hs"); err == nil || !strings.Contains(err.Error(), "20 settings list.name at most") {
		t.Error(err)
	}
	set(values, "list.3", "@b:hs")
	problems := k.Problems(kit.Standing{Values: map[string]string{"list.a": "odd", "list.b": "@a:hs"}})
	if len(problems) != 1 || problems[0].Setting != "list.a" {
		t.Errorf("%+v", problems)
	}
}

// What a protection has against one event, and who rings for all.
func TestFoundAndCalls(t *testing.T) {
	s := &sees{check: func(in kit.Signal, room kit.View) []kit.Finding {
		if room.MayCallAll(in.Sender) {
			return in.Found(kit.Light, "called %s", room.Member(in.Sender).Name)
		}
		return nil
	}}
	b := kittest.New(t, s.kind("sees"), nil)
	b.State(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": "Uwe"})
	if found := b.Say(user, "x"); found != nil {
		t.Error(found)
	}
	for _, levels := range []map[string]any{
		{"users": map[string]any{string(kittest.Self): 100, string(user): 50}, "ban": 60, "kick": 60},
		{"users": map[string]any{string(kittest.Self): 100}, "notifications": map[string]any{"room": 0}},
	} {
		b.State(kittest.Owner, "m.room.power_levels", "", levels)
		found := b.Say(user, "x")
		if len(found) != 1 || found[0].Why != "called Uwe" || len(found[0].Events) != 1 || found[0].Offence != found[0].Events[0] {
			t.Errorf("%v: %+v", levels, found)
		}
	}
}

// Whom trust exempts.
func TestExemptTrust(t *testing.T) {
	bad := func(in kit.Signal, _ kit.View) []kit.Finding { return in.Found(kit.Light, "bad") }
	for _, tc := range []struct {
		spares, has trust.Level
		set         string
		found       bool
	}{
		{trust.New, trust.New, "", true},
		{trust.New, trust.Trusted, "", true},
		{trust.Regular, trust.Known, "", true},
		{trust.Regular, trust.Regular, "", false},
		{trust.Regular, trust.Trusted, "", false},
		{trust.Regular, trust.Trusted, "none", true},
		{trust.Regular, trust.Known, "known", false},
	} {
		k := (&sees{check: bad}).kind("sees")
		k.Spares = tc.spares
		values := map[string]string{}
		if tc.set != "" {
			values["exempt-trust"] = tc.set
		}
		b := kittest.New(t, k, values)
		b.Trusted(user, tc.has)
		if found := b.Say(user, "x"); (found != nil) != tc.found {
			t.Errorf("%+v: %v", tc, found)
		}
	}
}

// One of some words, and any of them.
func TestChoices(t *testing.T) {
	k := (&sees{}).kind("sees", kit.Choice("one", "Which.", "first", "second"), kit.Choices("any", "b", "Which.", "a", "b", "c"))
	for _, tc := range []struct{ name, value, want string }{
		{"one", "Second ", "second"}, {"one", "third", ""}, {"one", "", ""},
		{"any", "c, A", "a c"}, {"any", "none", "none"}, {"any", "a d", ""},
	} {
		if got, err := k.Set(nil, tc.name, tc.value); (err != nil) != (tc.want == "") || got[tc.name] != tc.want {
			t.Errorf("%+v: %v, %v", tc, got, err)
		}
	}
}
