// Command quality says how often protections are right: it plays what spammers and what
// innocents write to the real ones, and counts.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"

	"forseti/protections"
	"forseti/protections/kit"
)

func main() {
	folder := flag.String("chat", beside(), "folder with real lines, spam.txt and ham.txt, one message a line")
	seed := flag.Uint64("seed", 1, "what the generator begins with")
	wrong := flag.String("wrong", "", "show what the setup of this name got wrong")
	flag.Parse()
	if err := run(*folder, *seed, *wrong); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string, seed uint64, wrong string) error {
	real, there, err := chat(folder)
	if err != nil {
		return err
	}
	scenes := append(generated(seed, 2), real...)
	if wrong != "" {
		return showWrong(os.Stdout, scenes, wrong)
	}
	fmt.Print(page(scenes, there, seed))
	return nil
}

// generated are our own corpora: each kind of spam so many times.
func generated(seed uint64, times int) []Scene {
	r := rand.New(rand.NewPCG(seed, 0))
	scenes := singles(r, times)
	scenes = append(scenes, campaigns(r, times)...)
	return append(scenes, innocents()...)
}

// setups are what is measured as a whole: the presets, and what one gets who just switches
// everything on.
func setups() (all []Setup) {
	for _, p := range protections.Presets() {
		all = append(all, preset(p))
	}
	return append(all, defaults(protections.Kinds()))
}

// preset is a setup as it is offered.
func preset(p protections.Preset) Setup {
	s := Setup{Name: p.Name, Kinds: protections.Kinds(), Stand: map[string]kit.Standing{}}
	for _, k := range s.Kinds {
		s.Stand[k.Name], _ = p.Of(k.Name)
	}
	return s
}
