package protections

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/images"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/rooms"
	"forseti/sanction/trust"
)

// What is asked to be looked at, and of whom.
func TestKnownImagesAreAskedFor(t *testing.T) {
	picture := map[string]any{"msgtype": "m.image", "body": "x", "url": "mxc://a/b"}
	says := func(content map[string]any) kittest.Step { return kittest.Sends(user, "m.room.message", content) }
	is := func(avatar string) kittest.Step {
		return kittest.Sets(user, "m.room.member", string(user), map[string]any{"membership": "join", "avatar_url": avatar})
	}
	renames := func(from, to string) kittest.Step {
		return func(b *kittest.Bench) []kit.Finding {
			evt := b.StateEvent(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": "new", "avatar_url": to})
			before := json.RawMessage(`{"membership":"join","displayname":"old","avatar_url":"` + from + `"}`)
			return b.Check(kit.ChangedBy(evt, rooms.Change{}, before, b.Now))
		}
	}
	many := map[string]any{"msgtype": "m.gallery", "body": "x"}
	var items []any
	for i := range 40 {
		items = append(items, map[string]any{"itemtype": "m.image", "url": "mxc://a/" + string(rune('a'+i%26)) + string(rune('a'+i/26))})
	}
	many["itemtypes"] = items
	for _, c := range []struct {
		name string
		set  map[string]string
		in   []kittest.Step
		want int
	}{
		{"a picture", nil, []kittest.Step{says(picture)}, 1},
		{"text", nil, []kittest.Step{kittest.Says(user, "mxc://a/b")}, 0},
		{"a file", nil, []kittest.Step{says(map[string]any{"msgtype": "m.file", "body": "x", "url": "mxc://a/b"})}, 0},
		{"a picture of another's homepage", nil, []kittest.Step{says(map[string]any{"msgtype": "m.image", "body": "x", "url": "https://evil.example/track"})}, 0},
		{"a picture of a regular member", nil, []kittest.Step{kittest.Regular(user), says(picture)}, 0},
		{"of a known one", nil, []kittest.Step{kittest.Trusts(user, trust.Known), says(picture)}, 1},
		{"of a moderator", nil, []kittest.Step{kittest.Sends(kittest.Moderator, "m.room.message", picture)}, 0},
		{"of who is exempt", map[string]string{"exempt-users": string(user)}, []kittest.Step{says(picture)}, 0},
		{"more than are looked at", nil, []kittest.Step{says(many)}, mostLooks},
		{"who joins with a picture", nil, []kittest.Step{is("mxc://a/b")}, 1},
		{"who takes another name", nil, []kittest.Step{renames("mxc://a/b", "mxc://a/b")}, 0},
		{"another picture for the one before", nil, []kittest.Step{renames("mxc://a/b", "mxc://a/c")}, 1},
		{"none", nil, []kittest.Step{renames("mxc://a/b", "")}, 0},
		{"who takes another picture", nil, []kittest.Step{is("mxc://a/b"), is("mxc://a/c")}, 2},
		{"pictures of members are none of it", map[string]string{"avatars": "no"}, []kittest.Step{is("mxc://a/b")}, 0},
		{"who is invited", nil, []kittest.Step{kittest.Sets(user, "m.room.member", "@v:hs", map[string]any{"membership": "invite", "avatar_url": "mxc://a/b"})}, 0},
	} {
		b := kittest.New(t, knownImages(), c.set)
		asked := 0
		b.Set.Look = func(kit.Look) { asked++ }
		var found []kit.Finding
		for _, step := range c.in {
			found = append(found, step(b)...)
		}
		if asked != c.want || len(found) > 0 {
			t.Errorf("%s: %d asked for, %d found", c.name, asked, len(found))
		}
	}
}

// What follows from what a picture is, as everything is by then.
func TestKnownImagesAreFound(t *testing.T) {
	sum := images.Sum{0xab, 0xcd}
	exact, like := kit.Sighting{Match: images.Match{Sum: sum, Exact: true}, Why: "gore `x`"}, kit.Sighting{Match: images.Match{Sum: sum, Distance: 12}}
	for _, c := range []struct {
		name  string
		seen  kit.Sighting
		then  func(b *kittest.Bench)
		why   string
		spare bool
	}{
		{"the same", exact, nil, "sent a picture that moderators banned (`abcd0000`): `` gore `x` ``", false},
		{"one like it", like, nil, "sent a picture that looks like one that moderators banned (`abcd0000`, 12 of 256 bits differ)", false},
		{"its sender is regular by now", exact, func(b *kittest.Bench) { b.Regular(user) }, "", true},
		{"the protection is off by now", exact, func(b *kittest.Bench) { b.Configure(kit.Standing{}) }, "", true},
		{"and on again", exact, func(b *kittest.Bench) { b.Configure(kit.Standing{}); b.Configure(kit.Standing{Mode: kit.On}) }, "", true},
		{"it is in shadow", exact, func(b *kittest.Bench) { b.Configure(kit.Standing{Mode: kit.Shadow}) }, "", true},
	} {
		b := kittest.New(t, knownImages(), nil)
		var asked []kit.Look
		b.Set.Look = func(l kit.Look) { asked = append(asked, l) }
		kittest.Sends(user, "m.room.message", map[string]any{"msgtype": "m.image", "body": "x", "url": "mxc://a/b"})(b)
		if c.then != nil {
			c.then(b)
		}
		found := b.Set.Looked(asked[0], c.seen, b.Room, b.Now)
		if c.spare {
			if len(found) > 0 {
				t.Errorf("%s: %+v", c.name, found)
			}
			continue
		}
		if len(found) != 1 || found[0].Why != c.why || found[0].User != user || found[0].Weight != kit.Nuisance || found[0].Protection != KnownImagesName || !slices.Equal(found[0].Events, []id.EventID{"$1"}) || found[0].Points == 0 {
			t.Errorf("%s: %+v", c.name, found)
		}
		if b.Set.Looked(asked[0], c.seen, nil, b.Now) != nil {
			t.Errorf("%s: found in a room that is not protected", c.name)
		}
	}
}

// In shadow it is only told.
func TestKnownImagesInShadow(t *testing.T) {
	b := kittest.New(t, knownImages(), nil)
	b.Configure(kit.Standing{Mode: kit.Shadow})
	var asked []kit.Look
	told := 0
	b.Set.Look = func(l kit.Look) { asked = append(asked, l) }
	b.Set.Shadowed = func(kit.Finding, time.Time) { told++ }
	kittest.Sends(user, "m.room.message", map[string]any{"msgtype": "m.image", "body": "x", "url": "mxc://a/b"})(b)
	if found := b.Set.Looked(asked[0], kit.Sighting{Match: images.Match{Exact: true}}, b.Room, b.Now); len(found) > 0 || told != 1 {
		t.Errorf("%d found, %d told", len(found), told)
	}
}
