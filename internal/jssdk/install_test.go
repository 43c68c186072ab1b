package jssdk

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWithoutNode(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Install(t.Context(), func(string) {}); !errors.Is(err, ErrNoNode) {
		t.Errorf("got %v", err)
	}
}

func TestOldNode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs programs that are scripts")
	}
	dir := t.TempDir()
	for _, name := range []string{"node", "npm"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho v18.20.4\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	if _, err := Install(t.Context(), func(string) {}); !errors.Is(err, ErrNoNode) {
		t.Errorf("got %v", err)
	}
}
