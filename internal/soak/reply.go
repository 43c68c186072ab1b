package main

import (
	"regexp"
	"strconv"
	"strings"
)

// reply is what a command's answer says, as far as it can be read.
type reply struct {
	dry     bool // nothing was done
	waiting bool // it is not the last word
	failed  bool
	rooms   map[string]int // by what was done: in how many rooms
}

var (
	doneTo = regexp.MustCompile("(?:^|[.!] |\n)(Banned|Unbanned|Removed|Kicked) ((?:`[^`]*`|[0-9]+ [a-z]+)[^.\n]*?) ?in ([0-9]+ rooms|[A-Z][a-z]+)[.;]")
	dones  = map[string]string{"Banned": "ban", "Unbanned": "unban", "Removed": "kick", "Kicked": "kick"}
)

// read takes an answer in.
func read(said string) reply {
	r := reply{rooms: map[string]int{}}
	low := strings.ToLower(said)
	r.dry = strings.Contains(low, "dry run, so nothing was done") || strings.Contains(low, "(dry run: nothing was changed.)")
	for _, sign := range []string{"Still to do", "follow in a moment", "for the end of the dry run", "I go on when that changes"} {
		r.waiting = r.waiting || strings.Contains(said, sign)
	}
	for _, sign := range []string{"could not", "I was stopped", "something broke", "took too long", "Usage:"} {
		r.failed = r.failed || strings.Contains(said, sign)
	}
	// A sentence in code may hold dots, as user IDs do.
	for _, m := range doneTo.FindAllStringSubmatch(plain(said), -1) {
		what := dones[m[1]]
		if strings.Contains(m[2], "message") {
			what = "redact"
		}
		n := 1
		if digits, _, several := strings.Cut(m[3], " "); several {
			n, _ = strconv.Atoi(digits) // the pattern says that it is one
		}
		r.rooms[what] += n
	}
	return r
}

var code = regexp.MustCompile("`[^`]*`")

// plain takes out what stands in code, whose dots are no ends of sentences.
func plain(said string) string { return code.ReplaceAllString(said, "`it`") }
