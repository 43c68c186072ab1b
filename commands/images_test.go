package commands

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"forseti/images"
	"forseti/pdq"
)

// imageFake has one banned picture, and three messages: of a stranger, of a moderator, and with nothing to see.
type imageFake struct{ *world }

func bannedImage() images.Banned {
	return images.Banned{
		Sum: images.Sum{0xab, 0xcd}, By: "@mod:ours.example", At: time.Unix(0, 0), Reason: "gore *x*", Hits: 2, Last: time.Unix(86_400, 0),
	}
}

func (f imageFake) Picture(_ context.Context, at Said, _ int) (Pictured, error) {
	p := Pictured{
		Print:   images.Print{Sum: images.Sum{0x12, 0x34}, Quality: 100, Seen: [8]pdq.Hash{{7}}},
		Address: "mxc://hs/1", Room: at.Room, Event: at.Event, Sender: "@u:hs",
	}
	switch at.Event {
	case "$flat":
		p.Print.Quality = 10
	case "$text":
		p.Print.Quality, p.Print.Unread = 0, "is of no kind of picture that I can look at"
	case "$mod":
		p.Sender, p.Spared = mod, "`"+string(mod)+"` is a moderator"
	case "$none":
		return p, refuse("That message shows no picture")
	}
	return p, f.fail
}

func (f imageFake) Called(begins string) (found []images.Banned) {
	if f.pictured && strings.HasPrefix(begins, "1234") {
		return []images.Banned{{Sum: images.Sum{0x12, 0x34}, By: "@mod:ours.example", At: time.Unix(0, 0), Reason: "gore"}}
	}
	if b := bannedImage(); strings.HasPrefix(b.Sum.String(), begins) {
		return []images.Banned{b}
	}
	if begins == "ffff" {
		return []images.Banned{bannedImage(), bannedImage()}
	}
	return nil
}

func (f imageFake) Banned(int) ([]images.Banned, int) {
	if len(f.rules) > 0 {
		return []images.Banned{bannedImage(), {Sum: images.Sum{1}, By: "@mod:ours.example"}}, 60
	}
	return nil, 0
}

func (imageFake) ExportImages() []string {
	return []string{"ab - gore\n", "cd -\n", strings.Repeat("ab - more\n", 5000)}
}

func (f imageFake) CheckImages(written string) (int, error) {
	all, err := images.ReadLines(written)
	if strings.Contains(written, "known") {
		all = nil
	}
	return len(all), err
}

func (f imageFake) Compared() bool { return len(f.rules) > 0 }

func TestImages(t *testing.T) {
	link := func(event string) string { return "https://matrix.to/#/!lobby:ours.example/" + event }
	reply := newSet(newWorld()).InReply
	for line, want := range map[string]struct {
		says   string
		acts   bool
		reason string
	}{
		"ban-image " + link("$a") + " gore, again":      {"The picture `12340000` is banned. I know it again by what it shows, also if it is scaled", true, "gore, again"},
		"ban-image " + link("$b"):                       {"The message of `@u:hs` in ", true, ""},
		reply("ban-image gore", "$one"):                 {"`!forseti unban-image 12340000` takes that back", true, "gore"},
		reply("ban-image gore --picture 2", "$one"):     {"is banned", true, "gore"},
		reply("ban-image gore\nand no further", "$one"): {"is banned", true, "gore"},
		reply("ban-image -- --gore", "$one"):            {"is banned", true, "--gore"},
		reply("ban-image", "$shown"):                    {"is banned", true, ""},
		reply("ban-image", "$links"):                    {"is banned", true, ""},
		reply("ban-image", "$words"):                    {"is banned", true, ""},
		reply("ban-image", "$alert"):                    {"That tells of 2 messages", false, ""},
		reply("ban-image", "$mine"):                     {"about none that I can find", false, ""},
		reply("ban-image", "$gone"):                     {"M_FORBIDDEN", false, ""},
		"ban-image " + link("$flat"):                    {"much else looks the same, so I know only the very file again", true, ""},
		"ban-image " + link("$text"):                    {"It is of no kind of picture that I can look at, so I know only the very file again", true, ""},
		"ban-image " + link("$mod"):                     {"I do nothing about the message itself: `@mod:ours.example` is a moderator.", true, ""},
		"ban-image " + link("$none"):                    {"That message shows no picture", false, ""},
		"ban-image":                                     {"Or write this in reply to a message that shows it", false, ""},
		"ban-image gore":                                {"`gore` is no message", false, ""},
		"ban-image https://matrix.to/#/!far:else/$a":    {"!far:else", false, ""},
		"ban-image $c --picture 0":                      {"1 to 100", false, ""},
		"ban-image --dry-run $c":                        {"would be banned", false, ""},
		"unban-image ABCD":                              {"The picture `abcd0000` may be posted again", true, ""},
		"unban-image abc":                               {"at least 4 digits", false, ""},
		"unban-image ffff":                              {"Several banned pictures", false, ""},
		"unban-image eeee":                              {"No banned picture has a hash that begins with `eeee`", false, ""},
	} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
		if !strings.Contains(p.Answer, want.says) || (len(p.Steps) > 0) != want.acts {
			t.Errorf("%s: %+v", line, p)
			continue
		}
		if !want.acts || p.Steps[0].Change.Kind != BanImage {
			continue
		}
		var b BannedImage
		if err := json.Unmarshal([]byte(p.Steps[0].Change.Value), &b); err != nil {
			t.Fatal(err)
		}
		if b.Sum != (images.Sum{0x12, 0x34}) || b.Reason != want.reason || b.By != string(mod) || b.Addresses[0] != "mxc://hs/1" || b.Seen != (pdq.Hash{7}) {
			t.Errorf("%s: %+v", line, b)
		}
		if (b.Event == "") != strings.Contains(line, "$mod") {
			t.Errorf("%s: about %s", line, b.Event)
		}
		if !strings.Contains(p.Answer, "**Nothing is compared with it yet**") {
			t.Errorf("%s: says nothing of the protection: %s", line, p.Answer)
		}
	}
}

// Pictures are written as text, in parts, and taken from such a text after a yes.
func TestImagesExportAndImport(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for line, want := range map[string]struct {
		says string
		asks string
		acts bool
	}{
		"images export":   {"ab - gore\n```\n\nThis is part 1 of 3. `!forseti images import` takes it", "", false},
		"images export 3": {"in the file above. This is part 3 of 3.", "", true},
		"images export 4": {"There is no part 4: there are 3.", "", false},
		"images import":   {"`!forseti images export` gives one", "", false},
		"images import\n" + sum + " - gore\n" + sum + " -": {"2 pictures more are banned.", "Ban them?", true},
		"images import\n" + sum + " - known":               {"All of them are banned here already.", "", false},
		"images import\n" + sum + "\nx":                    {"Nothing of it was taken. ", "", false},
	} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
		if !strings.Contains(p.Answer, want.says) || p.Ask != want.asks || (len(p.Steps) > 0) != want.acts {
			t.Errorf("%q: %+v", line, p)
		}
		if want.asks != "" && (p.Steps[0].Change.Kind != TakeImages || p.Steps[0].Change.User != mod || !strings.Contains(p.Answer, "**Nothing is compared with them yet**")) {
			t.Errorf("%q: %+v", line, p.Steps[0])
		}
	}
}

func TestListImages(t *testing.T) {
	w := newWorld()
	if a := listImages(&call{known: known{names: w}}, imageFake{w}, time.Time{}).Answer; !strings.Contains(a, "No picture is banned") {
		t.Error(a)
	}
	w.rule("!coc:ours.example", 0, "x")
	for _, words := range []string{
		"60 banned pictures, of which these are the last 2", "`abcd0000`, banned by `@mod:ours.example` on 1970-01-01 for “gore \\*x\\*”, acted on 2 times, last on 1970-01-02",
		"not posted again since",
	} {
		if a := listImages(&call{known: known{names: w}}, imageFake{w}, time.Time{}).Answer; !strings.Contains(a, words) {
			t.Errorf("no %q in %s", words, a)
		}
	}
}
