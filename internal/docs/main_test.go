package main

import (
	"os"
	"path/filepath"
	"testing"
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
