package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// writePrivate writes a file that its owner alone can read, as a whole or not at
// all.
func writePrivate(path, text string) error {
	partial, err := os.CreateTemp(filepath.Dir(path), ".forseti-*")
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name())
	_, err = partial.WriteString(text)
	if err = errors.Join(err, partial.Chmod(0o600), partial.Close()); err != nil {
		return err
	}
	return os.Rename(partial.Name(), path)
}

// quoted is text as a YAML value. JSON strings are YAML strings.
func quoted(s string) string {
	raw, _ := json.Marshal(s) // a string always marshals
	return string(raw)
}

// redactURL shows a database URL without its password.
func redactURL(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		return scheme + "://…@" + rest[at+1:]
	}
	return url
}
