// Package architecture holds the import table of ARCHITECTURE.md against the
// code, so that a wall cannot be walked through unnoticed.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each package folder, which of our packages it may import.
// A folder that is not in the table fails the test: add it here and in
// ARCHITECTURE.md with its one job.
var allowed = map[string][]string{
	"action":      {},
	"content":     {},
	"policy":      {},
	"acl":         {},
	"rooms":       {},
	"enforce":     {"action", "policy", "acl", "rooms"},
	"protections": {"action", "content", "rooms"},
	"commands":    {"action", "content", "policy", "rooms", "protections"},
	"sanction":    {"action"},
	"community":   {"action", "content", "policy", "acl", "rooms", "enforce", "protections", "sanction", "commands", "matrix", "store", "community/account", "community/report"},
	"matrix":      {"action"},
	"store":       {"action", "policy"},
	"web":         {"action", "policy", "rooms"},
	"config":      {},

	// Inner packages that are walls of their own, and not a part of the folder around them.
	"community/account": {},
	"community/report":  {"action"},
}

// leaves are small things written once, which all may import and which import
// nothing of ours: reading hostile JSON, matching patterns, handling text.
var leaves = []string{"wire", "glob", "text"}

// free folders may import anything of ours: the wiring, and the test-only things.
var free = []string{"cmd", "internal"}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		folder := row(p.ImportPath)
		if slices.Contains(free, folder) {
			continue
		}
		may, known := allowed[folder]
		if slices.Contains(leaves, folder) {
			known = true
		}
		if !known {
			t.Errorf("%s has no row in the table of this test and of ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, "forseti/") {
				continue
			}
			if other := row(imported); other != folder && !slices.Contains(may, other) && (slices.Contains(leaves, folder) || !slices.Contains(leaves, other)) {
				t.Errorf("%s imports %s; it may import only %v and the leaves %v", p.ImportPath, imported, may, leaves)
			}
		}
	}
}

// TestPurePackages keeps I/O and the clock's companions out of the pure packages.
func TestPurePackages(t *testing.T) {
	forbidden := []string{"context", "net", "net/http", "os", "database/sql", "log", "github.com/rs/zerolog", "maunium.net/go/mautrix"}
	pure := append([]string{"policy", "acl", "rooms", "sanction", "protections", "content", "community/account", "community/report"}, leaves...)
	for _, p := range packages(t) {
		if !slices.Contains(pure, row(p.ImportPath)) && p.ImportPath != "forseti/matrix/e2ee/verify" && p.ImportPath != "forseti/commands/grammar" {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(forbidden, imported) {
				t.Errorf("%s is pure and imports %s", p.ImportPath, imported)
			}
		}
	}
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "goolm", "-json=ImportPath,Imports", "forseti/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	if len(found) < 2 {
		t.Fatalf("go list found only %d packages", len(found))
	}
	return found
}

// row is the entry of allowed that a package falls under: its own, or else that of its first folder.
func row(path string) string {
	if inner := strings.TrimPrefix(path, "forseti/"); allowed[inner] != nil {
		return inner
	}
	return top(path)
}

// top is the first folder of an import path within the module.
func top(path string) string {
	path = strings.TrimPrefix(path, "forseti/")
	folder, _, _ := strings.Cut(path, "/")
	return folder
}
