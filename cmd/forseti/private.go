package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"forseti/config"
	"forseti/matrix"
	"forseti/store"
)

// loose are the files that hold secrets and that everybody on this machine may read or
// change, each in words.
func loose(c config.Config, path string) (found []string) {
	if runtime.GOOS == "windows" {
		return nil // its files have no such modes
	}
	if path != "" && config.SecretsIn(path) {
		if how := open(path); how != "" {
			found = append(found, fmt.Sprintf("everybody on this machine may %s the configuration, and it holds secrets: chmod 600 %s", how, path))
		}
	}
	for _, file := range store.Files(c.Database.URL) {
		if how := open(file); how != "" {
			found = append(found, fmt.Sprintf("everybody on this machine may %s the database, and it holds the bot's login: chmod 600 %s", how, file))
			break
		}
	}
	return found
}

// open is what everybody may do with a file; "" for nothing. What lies in a folder that
// nobody may enter is closed too.
func open(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if absolute, err := filepath.Abs(path); err == nil {
		for dir := filepath.Dir(absolute); ; dir = filepath.Dir(dir) {
			if folder, err := os.Stat(dir); err == nil && folder.Mode()&0o001 == 0 {
				return ""
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return freedom(info.Mode())
}

func freedom(mode fs.FileMode) string {
	switch mode & 0o006 {
	case 0o006:
		return "read and change"
	case 0o004:
		return "read"
	case 0o002:
		return "change"
	default:
		return ""
	}
}

// inTheClear says that the way to the homeserver is open to who sits at it; "" if it is
// not.
func inTheClear(s *matrix.Session, c config.Config) string {
	if !s.Exposed() {
		return ""
	}
	whose := "homeserver.address"
	if !strings.Contains(c.Homeserver.Address, "://") {
		whose = "the .well-known of " + c.Homeserver.Address
	}
	return fmt.Sprintf("%s names %s, which is another machine, by plain http: whoever sits on the way reads the bot's login and all it says. Use https, unless that way is all your own", whose, oneLine(s.Address(), 200))
}
