package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reply is what a message of the bot's says, as far as it can be read.
type reply struct {
	dry     bool // nothing was done
	left    bool // what the command itself does was done, and not all that follows from it
	waiting bool // it is not the last word
	failed  bool
	told    []statement
}

// statement says that something was done.
type statement struct {
	what  string   // ban, unban, kick, redact, shut, let
	whom  []string // as far as they are named
	n     int      // how many there are of them, or of messages
	rooms int
}

var (
	code    = regexp.MustCompile("`([^`]*)`")
	doneTo  = regexp.MustCompile("(?:^|[.!):] |\n)(Banned|Unbanned|Removed|Kicked|Shut out|Let in again) ((?:\x01|[0-9]+ [a-z]+)[^.\n]*?) ?(?:in|from) ([0-9]+ rooms|[A-Z][a-z]+)[.;]")
	besides = regexp.MustCompile("and ([0-9]+) more ")
	dones   = map[string]string{"Banned": "ban", "Unbanned": "unban", "Removed": "redact", "Kicked": "kick", "Shut out": "shut", "Let in again": "let"}
)

// done reports whether all was done that follows from a command.
func (r reply) done() bool { return !r.dry && !r.left }

// read takes a message in.
func read(said string) reply {
	low := strings.ToLower(said)
	r := reply{
		dry:  strings.Contains(low, "dry run, so nothing was done") || strings.Contains(low, "a dry run, in which i change nothing"),
		left: strings.Contains(low, "(dry run: what i would do was not done.)"),
	}
	for _, sign := range []string{"Still to do", "follow in a moment", "for the end of the dry run", "I go on when that changes"} {
		r.waiting = r.waiting || strings.Contains(said, sign)
	}
	for _, sign := range []string{"could not", "I was stopped", "something broke", "took too long", "Usage:"} {
		r.failed = r.failed || strings.Contains(said, sign)
	}
	// What stands in code may hold dots, which are no ends of sentences.
	var codes []string
	masked := code.ReplaceAllStringFunc(said, func(quoted string) string {
		codes = append(codes, strings.Trim(quoted, "`"))
		return "\x01" + string(rune('\x10'+min(len(codes)-1, 0xff))) + "\x01"
	})
	for _, m := range doneTo.FindAllStringSubmatch(masked, -1) {
		s := statement{what: dones[m[1]], n: 1, rooms: 1}
		for part := range strings.SplitSeq(m[2], "\x01") {
			if mark := []rune(part); len(mark) == 1 && mark[0] >= '\x10' && int(mark[0]-'\x10') < len(codes) {
				s.whom = append(s.whom, codes[mark[0]-'\x10'])
			}
		}
		if digits, _, counted := strings.Cut(m[2], " "); counted && !strings.HasPrefix(digits, "\x01") {
			s.n, _ = strconv.Atoi(digits) // the pattern says that it is one
		} else {
			s.n = len(s.whom)
			if more := besides.FindStringSubmatch(m[2]); more != nil {
				others, _ := strconv.Atoi(more[1])
				s.n += others
			}
		}
		if s.what == "redact" {
			s.whom = nil
		}
		if digits, _, several := strings.Cut(m[3], " "); several {
			s.rooms, _ = strconv.Atoi(digits)
		}
		r.told = append(r.told, s)
	}
	return r
}

// rooms is in how many rooms something was done by what a reply says.
func (r reply) rooms(what string) (n int) {
	for _, s := range r.told {
		if s.what == what {
			n += s.rooms
		}
	}
	return n
}

// elsewhere reports whether a reply tells of what was done in more than one room.
func (r reply) elsewhere() bool {
	return slices.ContainsFunc(r.told, func(s statement) bool { return s.rooms > 1 })
}
