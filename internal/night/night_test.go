package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// A small night, in a clear room and in an encrypted one: nothing that is said is wrong, too long,
// or under the wrong command, and docs/transcript.md shows what is said today.
func TestNight(t *testing.T) {
	o := options{accounts: 8, rooms: 2, each: 2}
	var err error
	if o.program, err = build(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	nights, err := both(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nights {
		for _, what := range n.wrong {
			t.Errorf("encrypted %t: %s", n.encrypted, what)
		}
	}
	page, err := os.ReadFile(pagePath())
	if err != nil {
		t.Fatal(err)
	}
	// The introduction names numbers that are spelled in words nowhere else.
	_, old, _ := strings.Cut(string(page), "\n## ")
	_, now, _ := strings.Cut(transcript(o, nights), "\n## ")
	if wordsOf(old) != wordsOf(now) {
		t.Errorf("docs/transcript.md is out of date: run go run -tags goolm ./internal/night -update\n%s", now)
	}
}

func TestAbout(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0: "within 5s", 5 * time.Second: "within 5s", 6 * time.Second: "within 30s", time.Minute: "within 2m", 3 * time.Minute: "within 5m",
		10 * time.Minute: "within 10m", time.Hour: "after 1h0m0s",
	} {
		if got := about(took); got != want {
			t.Errorf("%s: %s, want %s", took, got, want)
		}
	}
}
