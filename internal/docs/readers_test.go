package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"forseti/commands"
)

// readers are the pages that somebody reads at three in the morning.
var readers = []string{"first-day.md", "spam-wave.md", "troubleshooting.md", "glossary.md"}

// usages are the forms of all commands, by name.
func usages() map[string]string {
	found := map[string]string{}
	name := ""
	for line := range strings.Lines(commands.Reference()) {
		line = strings.TrimSpace(line)
		if title, is := strings.CutPrefix(line, "### "); is {
			name = title
		}
		if strings.HasPrefix(line, "`!forseti ") && found[name] == "" {
			found[name] = line
		}
	}
	return found
}

// A newcomer finds these pages, and what they are told to write is a command, with options that
// it has.
func TestReadersCanWriteWhatTheyRead(t *testing.T) {
	root := filepath.Join(folder(), "..")
	home, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	forms := usages()
	written := regexp.MustCompile("!forseti ([a-z][^`\n]*)")
	flags := regexp.MustCompile(`--[a-z-]+`)
	for _, name := range readers {
		page, err := os.ReadFile(filepath.Join(folder(), name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(home), "docs/"+name) {
			t.Errorf("README does not lead to %s", name)
		}
		count := 0
		for _, found := range written.FindAllStringSubmatch(string(page), -1) {
			count++
			form := ""
			for n := len(strings.Fields(found[1])); n > 0 && form == ""; n-- {
				form = forms[strings.Join(strings.Fields(found[1])[:n], " ")]
			}
			for _, flag := range flags.FindAllString(found[1], -1) {
				if !strings.Contains(form, "["+flag) {
					t.Errorf("%s: %q has no %s: %s", name, found[1], flag, form)
				}
			}
		}
		if count < 3 {
			t.Errorf("%s names %d commands", name, count)
		}
	}
}

// What the bot is said to say, it says.
func TestReadersMeetTheWords(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(folder(), "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(string(page), -1)
	var source strings.Builder
	root := filepath.Join(folder(), "..")
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		source.Write(text)
		return err
	})
	if err != nil || len(quoted) < 4 {
		t.Fatal(err, quoted)
	}
	all := strings.NewReplacer("%s", "moderators").Replace(source.String())
	for _, found := range quoted {
		if !strings.Contains(all, strings.TrimRight(found[1], " …")) {
			t.Errorf("nothing says %q", found[1])
		}
	}
}

// Every part of the encryption is in one of its two pages.
func TestEncryptionIsForModeratorsAndOperators(t *testing.T) {
	for name, wants := range map[string][]string{
		"encryption.md":           {"Verify each other", "Who is obeyed", "What the homeserver sees", "Messages that cannot be read", "What is not covered"},
		"encryption-operators.md": {"What the bot keeps", "Who else is logged in as the bot", "Recovery key and backups", "When something is lost or wrong"},
	} {
		page, err := os.ReadFile(filepath.Join(folder(), name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !slices.Contains(strings.Split(string(page), "\n"), "## "+want) {
				t.Errorf("%s has nothing about %q", name, want)
			}
		}
		if name == "encryption.md" && !strings.Contains(string(page), "`commands.in_rooms`") {
			t.Error("moderators are not told where else their commands count")
		}
	}
}
