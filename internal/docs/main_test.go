package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"forseti/commands"
)

// What moderators read is what the program does.
func TestPagesAreCurrent(t *testing.T) {
	for name, want := range pages() {
		got, err := os.ReadFile(filepath.Join(folder(), name))
		if err != nil || string(got) != want {
			t.Errorf("docs/%s is out of date: run go generate ./internal/docs (%v)", name, err)
		}
	}
}

// Whoever follows a link of these pages arrives.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code := regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	for _, pattern := range []string{"*.md", "../*.md"} {
		files, err := filepath.Glob(filepath.Join(folder(), pattern))
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
				target, _, _ := strings.Cut(found[1], "#")
				if target == "" || strings.Contains(target, "://") {
					continue
				}
				if _, err := os.Stat(filepath.Join(filepath.Dir(file), target)); err != nil {
					t.Errorf("%s leads nowhere: %s", filepath.Base(file), found[1])
				}
			}
		}
	}
}

// The tests and files that a page names are there.
func TestNamedTestsExist(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(folder(), "mautrix.md"))
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(folder(), "..")
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err = filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(text, -1) {
			tests[string(found[1])] = true
		}
		return err
	})
	if err != nil || len(tests) == 0 {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(page, -1) {
		if !tests[string(found[1])] {
			t.Errorf("there is no %s", found[1])
		}
	}
	for _, found := range regexp.MustCompile("`([a-z0-9]+/[a-z0-9_/]+\\.go)`").FindAllSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join(root, string(found[1]))); err != nil {
			t.Error(err)
		}
	}
}

// A command that a page names is there.
func TestNamedCommandsExist(t *testing.T) {
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^### (.+)$|^Also: (.+)\.$`).FindAllStringSubmatch(commands.Reference(), -1) {
		for name := range strings.SplitSeq(found[1]+found[2], ", ") {
			names = append(names, strings.Trim(name, "`"))
		}
	}
	named := regexp.MustCompile("!(?:forseti|mod) ([a-z][a-z -]*)")
	count := 0
	for _, pattern := range []string{"*.md", "../*.md"} {
		files, err := filepath.Glob(filepath.Join(folder(), pattern))
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range named.FindAllStringSubmatch(string(text), -1) {
				count++
				is := func(name string) bool { return strings.HasPrefix(found[1]+" ", name+" ") }
				if !slices.ContainsFunc(names, is) {
					t.Errorf("%s: there is no command %q", filepath.Base(file), found[1])
				}
			}
		}
	}
	if count < 50 || len(names) < 30 {
		t.Errorf("found %d commands, of %d", count, len(names))
	}
}
