// Command docs writes the pages of docs/ that follow from declarations in the code.
package main

//go:generate go run -tags goolm .

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"forseti/commands"
	"forseti/config"
	"forseti/internal/demo/shown"
	"forseti/protections"
	"forseti/protections/rules"
)

// pages are the generated pages by file name.
func pages() map[string]string {
	const head = "<!-- Written by go generate ./internal/docs from the code. Change it there. -->\n\n"
	return map[string]string{
		"commands.md":      head + commands.Reference(),
		"protections.md":   head + protections.Reference(),
		"rules.md":         head + rules.Reference(),
		"configuration.md": head + config.Reference(),
		"demo.svg":         shown.SVG(),
	}
}

// folder is docs/ of the source tree, wherever the program was started.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "docs")
}

func main() {
	for name, page := range pages() {
		if err := os.WriteFile(filepath.Join(folder(), name), []byte(page), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
