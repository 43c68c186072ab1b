package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"forseti/config"
)

// The unit for systemd can be switched on, and starts the bot again for as long as it
// takes.
func TestUnit(t *testing.T) {
	raw, err := os.ReadFile("../../deploy/forseti.service")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string][]string{}
	section := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line
		default:
			sections[section] = append(sections[section], line)
		}
	}
	for section, lines := range map[string][]string{
		"[Unit]":    {"StartLimitIntervalSec=0"},
		"[Service]": {"Restart=always", "RestartSec=5", "User=forseti", "WorkingDirectory=/var/lib/forseti"},
		"[Install]": {"WantedBy=multi-user.target"},
	} {
		for _, line := range lines {
			if !slices.Contains(sections[section], line) {
				t.Errorf("%s lacks %s", section, line)
			}
		}
	}
}

// What the pages and examples call a variable is one.
func TestVariablesInDocs(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../README.md", "../../docs/*.md", "../../deploy/*", "../../Dockerfile"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	name := regexp.MustCompile(`FORSETI_[A-Z_]+[A-Z]`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, unknown := range config.UnknownVariables(name.FindAllString(string(text), -1)) {
			t.Errorf("%s: there is no variable %s", file, unknown.Name)
		}
	}
}
