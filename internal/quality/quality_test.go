package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"forseti/protections"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction"
)

// TestGoals holds what the recommended preset is to reach, on a part of the corpora that are
// ours. Who makes it worse finds here with what.
func TestGoals(t *testing.T) {
	scenes := some(generated(3, 1), 8)
	s := setups()[0]
	newcomers, regulars := measure(s, scenes, false), measure(s, scenes, true)
	for _, g := range goals(newcomers, regulars) {
		if !g.Held {
			t.Errorf("%s: %s, and it is to be %s", g.Name, g.Reached, g.Wants)
		}
	}
	const least = 0.9 // of what is not held to a goal, about what there is now
	if got := newcomers.Of("single/").Stopped; got.rate() < least {
		t.Errorf("single messages of ours: %s", got)
	}
	var crowds share
	for name, f := range newcomers.By {
		if strings.HasPrefix(name, "campaign of anything/") && name != "campaign of anything/1 accounts" && name != "campaign of anything/2 accounts" {
			crowds.add(f.Stopped)
		}
	}
	if crowds.rate() < campaignGoal {
		t.Errorf("campaigns of what no list knows, of three accounts or more: %s", crowds)
	}
	for _, m := range slices.Concat(newcomers.Mistakes, regulars.Mistakes) {
		if !m.Outcome.Line.Spam {
			t.Errorf("%s: %v had something against %v", m.Scene.Corpus, m.Outcome.By, m.Outcome.Line.Content)
		}
	}
}

// some are all innocents, and one scene of spam in so many.
func some(scenes []Scene, in int) (left []Scene) {
	for i, s := range scenes {
		if strings.HasPrefix(s.Corpus, "innocent/") || i%in == 0 {
			left = append(left, s)
		}
	}
	return left
}

// TestGoalsCanFail has the goals not be reached by a setup that does nothing, nor by one that
// takes everybody for a spammer.
func TestGoalsCanFail(t *testing.T) {
	scenes := some(generated(3, 1), 40)
	held := func(s Setup) (all []bool) {
		m := measure(s, scenes, false)
		for _, g := range goals(m, m) {
			all = append(all, g.Held)
		}
		return all
	}
	if got := held(Setup{Name: "nothing"}); got[0] {
		t.Errorf("nothing stops campaigns: %v", got)
	}
	everybody := Setup{Name: "everybody", Kinds: []kit.Kind{{
		Name: "everybody", New: func(*kit.Given) kit.Protection { return everybody{} },
	}}, Stand: map[string]kit.Standing{"everybody": {Mode: kit.On}}}
	if got := held(everybody); got[2] || got[3] || got[4] {
		t.Errorf("who takes everybody for a spammer holds %v", got)
	}
}

type everybody struct{}

func (everybody) Check(in kit.Signal, _ kit.View) []kit.Finding {
	if in.What != kit.Said {
		return nil
	}
	return in.Found(kit.Spam, "said something")
}

// TestPlay holds what is counted of what protections do: who is removed, when, and who could
// say no more.
func TestPlay(t *testing.T) {
	repeats, _ := protections.Find("repeats")
	s := Setup{Kinds: []kit.Kind{repeats}, Stand: map[string]kit.Standing{"repeats": {Mode: kit.On}}}
	const text = "Come to our room and see what nobody else will tell you: https://example.com/tonight"
	scene := Scene{Lines: []Line{said("@a:hs", text), said("@b:hs", text), said("@i:hs", "what is that?"), said("@c:hs", text), said("@a:hs", "again")}}
	got := play(s, scene, false)
	for i, want := range []struct {
		removed, shut bool
		with          int
		step          sanction.Step
	}{{true, false, 3, sanction.Ban}, {true, false, 3, sanction.Ban}, {}, {true, false, 3, sanction.Ban}, {false, true, 0, sanction.None}} {
		if o := got[i]; o.Removed != want.removed || o.Shut != want.shut || o.With != want.with || o.Step != want.step {
			t.Errorf("line %d: removed %t with %d, shut %t, step %s; want %+v", i, o.Removed, o.With, o.Shut, o.Step, want)
		}
	}
	for i, o := range play(s, scene, true) {
		if o.Removed || o.Shut || len(o.By) > 0 {
			t.Errorf("of a regular member line %d is removed: %+v", i, o)
		}
	}
	s.Stand["repeats"] = kit.Standing{Mode: kit.Shadow}
	if o := play(s, scene, false)[3]; o.Removed || len(o.By) > 0 || !slices.Contains(o.Shadow, "repeats") {
		t.Errorf("in shadow it is %+v", o)
	}
}

// TestPlaysAsTheBench holds the rooms here against the bench of protections' tests: of the
// same messages both find the same.
func TestPlaysAsTheBench(t *testing.T) {
	kind, _ := protections.Find("adverts")
	s := Setup{Kinds: []kit.Kind{kind}, Stand: map[string]kit.Standing{kind.Name: {Mode: kit.On}}}
	for _, scene := range some(generated(5, 1), 10) {
		if len(scene.Lines) != 1 || scene.Lines[0].Encrypted {
			continue
		}
		b := kittest.New(t, kind, nil)
		want := len(b.Send(b.Message("@u:hs", "m.room.message", scene.Lines[0].Content))) > 0
		if got := len(play(s, scene, false)[0].By) > 0; got != want {
			t.Errorf("%s: found %t, and on the bench %t", scene.Name, got, want)
		}
	}
}

func TestWilson(t *testing.T) {
	for s, want := range map[share][2]float64{{0, 10}: {0, 0.2775}, {5, 10}: {0.2366, 0.7634}, {10, 10}: {0.7225, 1}, {0, 0}: {0, 1}, {1, 1000}: {0.0002, 0.0056}} {
		if low, high := s.wilson(); math.Abs(low-want[0]) > 1e-4 || math.Abs(high-want[1]) > 1e-4 {
			t.Errorf("%d of %d is between %.4f and %.4f, want %v", s.n, s.of, low, high, want)
		}
	}
}

// TestSeed holds that the same seed makes the same corpora, and another one others.
func TestSeed(t *testing.T) {
	a, b, c := generated(1, 1), generated(1, 1), generated(2, 1)
	body := func(s Scene) any { return s.Lines[0].Content["body"] }
	same := 0
	for i := range a {
		if body(a[i]) != body(b[i]) {
			t.Fatalf("scene %d differs", i)
		}
		if body(a[i]) == body(c[i]) {
			same++
		}
	}
	if same == len(a) {
		t.Error("another seed makes the same")
	}
}

// TestChat reads real lines where they are, and says so where they are not.
func TestChat(t *testing.T) {
	folder := t.TempDir()
	if _, there, err := chat(folder); there || err != nil {
		t.Errorf("of an empty folder: %t, %v", there, err)
	}
	for name, lines := range map[string]string{"spam.txt": "#first\n\nsecond\n", "ham.txt": "hello\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	scenes, there, err := chat(folder)
	if !there || err != nil || len(scenes) != 4 {
		t.Errorf("%d scenes, %t, %v", len(scenes), there, err)
	}
	if !strings.Contains(page(scenes[:1], false, 1), "The real lines are not there") {
		t.Error("it does not say that they are not there")
	}
}

// TestInnocents holds that there are enough of them, in enough languages.
func TestInnocents(t *testing.T) {
	languages := map[string]int{}
	files, err := innocentLines.ReadDir("corpora/innocent")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := innocentLines.ReadFile("corpora/innocent/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		languages[f.Name()] = len(lines(string(raw)))
	}
	const fewest, enough = 10, 12
	if len(languages) < enough {
		t.Errorf("there are %d languages", len(languages))
	}
	for name, n := range languages {
		if n < fewest {
			t.Errorf("%s has %d lines", name, n)
		}
	}
}
