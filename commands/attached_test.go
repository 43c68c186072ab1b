package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
)

type fileFake struct{ *world }

func (f fileFake) TextOf(_ context.Context, of id.EventID) (string, error) {
	written, ok := f.files[of]
	if !ok {
		return "", refuse("That message is no file.")
	}
	return written, nil
}

func (f fileFake) PictureOf(_ context.Context, of id.EventID) (action.Uploaded, error) {
	switch of {
	case "$picture":
		return action.Uploaded{Address: "mxc://ours.example/clear"}, nil
	case "$sealed":
		return action.Uploaded{Address: "mxc://ours.example/sealed", Sealed: true, Key: "k", Vector: "v", SHA256: "s"}, nil
	}
	return action.Uploaded{}, refuse("That message shows no picture.")
}

// What stands below a command may be in a file as well, and is taken in the same way.
func TestTextsAreReadFromFiles(t *testing.T) {
	w := newWorld()
	w.files = map[id.EventID]string{
		"$set": "forseti protections 1\n[flooding]\nmode = on\n", "$wrong": "forseti protections 1\n" + strings.Repeat("\n", 37) + "[floding]\nmode = on\n",
		"$samples": "{\"text\":\"a\"}\n",
	}
	for _, tc := range []struct {
		line string
		to   id.EventID
		want string
	}{
		{"import", "$set", "`flooding`: off → **on**"},
		{"protections import --dry-run", "$set", "Nothing was done."},
		{"import", "$wrong", "Nothing of it was taken.\n\nLine 39: there is no protection `floding`"},
		{"import", "$talk", "That message is no file."},
		{"import\nforseti protections 1\n[words]\nmode = on", "$set", "`words`: off → **on**"},
		{"samples import", "$samples", "1 sample"},
		{"import", "", "There is no text. Write it below the command, between two lines of three backticks, or send it as a file"},
	} {
		s := newSet(w)
		line := s.InReply(tc.line, tc.to)
		if long := s.Lane(line) == Lasting; long != (tc.to != "" && !strings.Contains(line, "\n")) {
			t.Errorf("%s: others wait for a download, or it waits for nothing", tc.line)
		}
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
		if said := p.Answer + p.Effect; !strings.Contains(said, tc.want) || p.Crash != "" {
			t.Errorf("%s: %s %s", tc.line, said, p.Crash)
		}
	}
}

// What is too long for a message is written into a file, which is read again as it was; and
// what no file holds is said to be too long.
func TestLongTextsAreFiles(t *testing.T) {
	w := recommended()
	kind, _ := presetFake{w}.Find("words")
	s := w.stands["words"]
	for i := range 20 {
		var list []string
		for j := range 40 {
			list = append(list, fmt.Sprintf("a somewhat longer phrase %d of list %d", j, i))
		}
		values, err := kind.Set(s.Values, fmt.Sprintf("list.x%d", i), strings.Join(list, ", "))
		if err != nil {
			t.Fatal(err)
		}
		s.Values = values
	}
	w.stands["words"] = s
	set := newSet(w)
	p := set.Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, "export")
	if len(p.Steps) != 1 || p.Steps[0].Do == nil || p.Steps[0].Do.Verb != action.Say || p.Steps[0].Do.Room != "!mods:ours.example" || p.Writes() {
		t.Fatalf("%+v", p)
	}
	file := p.Steps[0].Do.Message.File
	if file == nil || file.Type != "text/plain" || len(file.Data) > MostFile || !strings.Contains(p.Answer, "in the file above") {
		t.Fatalf("%+v: %s", file, p.Answer)
	}
	w.files = map[id.EventID]string{"$file": string(file.Data)}
	if p := set.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, set.InReply("import", "$file")); !strings.Contains(p.Answer, "Everything is set so already") {
		t.Error(p.Answer)
	}
	w.stands["words"] = kit.Standing{}
	if p := set.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, set.InReply("import", "$file")); len(p.Steps) != 1 || p.Steps[0].Change == nil {
		t.Errorf("%+v", p)
	}
	if _, fits := filed(&call{}, "x", strings.Repeat("x", MostFile+1), "import"); fits {
		t.Error("a file has no bound")
	}
}
