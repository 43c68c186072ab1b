package main

import (
	"maps"
	"slices"
	"strings"

	"forseti/protections/kit"
	"forseti/sanction"
)

// Figures are how often protections were right.
type Figures struct {
	Stopped share // of spam: that nothing of it stood after it, in a campaign after the third message
	// Of what innocents wrote: that moderators were told of it, that it was removed, and that
	// its author was muted or worse. In shadow is what would only have been told.
	Alerted, Removed, Punished, Shadow share
}

func (f *Figures) add(o Figures) {
	f.Stopped.add(o.Stopped)
	f.Alerted.add(o.Alerted)
	f.Removed.add(o.Removed)
	f.Punished.add(o.Punished)
	f.Shadow.add(o.Shadow)
}

// Mistake is a line about which protections were wrong.
type Mistake struct {
	Scene   Scene
	Outcome Outcome
}

// Measured is what came of all scenes, by corpus.
type Measured struct {
	By       map[string]*Figures
	Mistakes []Mistake
}

// measure plays scenes.
func measure(s Setup, scenes []Scene, regulars bool) Measured {
	m := Measured{By: map[string]*Figures{}}
	for _, scene := range scenes {
		f := m.By[scene.Corpus]
		if f == nil {
			f = &Figures{}
			m.By[scene.Corpus] = f
		}
		for i, o := range play(s, scene, regulars) {
			if !f.count(o, i) {
				m.Mistakes = append(m.Mistakes, Mistake{scene, o})
			}
		}
	}
	return m
}

// count counts the line of a scene, and reports whether protections were right about it.
func (f *Figures) count(o Outcome, line int) bool {
	if o.Line.Spam {
		const third = 2
		stopped := o.Stopped(max(line, third))
		if len(o.Line.Content) > 0 {
			f.Stopped.count(stopped)
		}
		return stopped
	}
	alerted, punished := len(o.By) > 0, o.Shut || o.Step >= sanction.Mute
	f.Alerted.count(alerted)
	f.Removed.count(o.Removed)
	f.Punished.count(punished)
	f.Shadow.count(len(o.Shadow) > 0)
	return !alerted && !punished
}

// Of adds up the corpora whose names begin so.
func (m Measured) Of(begins ...string) (all Figures) {
	for _, name := range slices.Sorted(maps.Keys(m.By)) {
		if slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(name, b) }) {
			all.add(*m.By[name])
		}
	}
	return all
}

// defaults are all protections with what they are set to unless moderators say otherwise.
func defaults(kinds []kit.Kind) Setup {
	s := Setup{Name: "all defaults", Kinds: kinds, Stand: map[string]kit.Standing{}}
	for _, k := range kinds {
		s.Stand[k.Name] = kit.Standing{Mode: kit.On}
	}
	return s
}

// only is one protection of a setup.
func (s Setup) only(k kit.Kind) Setup {
	return Setup{Name: k.Name, Kinds: []kit.Kind{k}, Stand: s.Stand}
}
