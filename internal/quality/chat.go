package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// chat are real lines from a folder beside the repository, spam.txt and ham.txt, one message
// a line; false if it is not there. They are measured and not kept.
func chat(folder string) (scenes []Scene, there bool, err error) {
	spam, err := os.ReadFile(filepath.Join(folder, "spam.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	ham, err := os.ReadFile(filepath.Join(folder, "ham.txt"))
	if err != nil {
		return nil, false, err
	}
	for _, text := range messages(string(spam)) {
		scenes = append(scenes, alone("chat/spam", true, plain(text))...)
	}
	var talk []map[string]any
	for _, text := range messages(string(ham)) {
		if contested(text) {
			scenes = append(scenes, alone("chat/contested", false, plain(text))...)
			continue
		}
		talk = append(talk, plain(text))
		scenes = append(scenes, alone("chat/ham", false, plain(text))...)
	}
	return append(scenes, together("chat/ham talk", "talk", people(20), talk)), true, nil
}

// messages are the lines that say something.
func messages(file string) (all []string) {
	for line := range strings.Lines(file) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// contested reports whether a line is one of two that whoever collected them has among the
// ham and that offer earnings to whoever writes in private, in the words of others among the
// spam. They are shown, and count for neither side.
func contested(text string) bool {
	sum := sha256.Sum256([]byte(text))
	switch hex.EncodeToString(sum[:8]) {
	case "3fe8daa3325d9e6d", "fdd7262ffd14b98a":
		return true
	}
	return false
}

// beside is the folder in which the lines are expected, wherever the program was started.
func beside() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "shared", "data", "chat")
}
