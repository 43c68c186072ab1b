package commands

import (
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"forseti/commands/grammar"
	"forseti/servername"
)

// mended is what was most likely meant by a word that is no user, server or room: without
// what stands around it in a sentence, a web address's or a mail's host, with the narrow
// forms of wide letters. It is "" if that is none either.
func mended(s string) string {
	better := strings.TrimFunc(width.Narrow.String(s), func(r rune) bool {
		return r != '@' && r != '#' && r != '!' && r != '*' && r != '?' && r != '[' && r != ']' && (unicode.IsPunct(r) || unicode.IsSymbol(r))
	})
	if scheme, rest, ok := strings.Cut(better, "://"); ok && !strings.ContainsAny(scheme, ".@") {
		better = hostOf(rest)
	}
	for _, word := range []string{"mailto:", "user:", "server:", "room:"} {
		if rest, ok := strings.CutPrefix(strings.ToLower(better), word); ok && strings.ContainsAny(rest, ".:@") {
			better = better[len(word):]
		}
	}
	if addr, err := netip.ParseAddr(better); err == nil && addr.Is6() && addr.Zone() == "" {
		better = "[" + better + "]"
	}
	if local, server, ok := strings.Cut(better, "@"); ok && local != "" && !strings.Contains(local, ":") && grammar.ValidServer(server) {
		better = "@" + local + ":" + server
	}
	if host, _, ok := strings.Cut(better, "#"); ok && host != "" && better[0] != '!' && better[0] != '@' {
		better = host
	}
	if strings.ContainsAny(better, "/") && better != "" && !strings.ContainsRune("@#!", rune(better[0])) {
		better = hostOf(better)
	}
	if better == s || better == "" {
		return unmarked(s)
	}
	if e, err := readEntity(better, false); err != nil || e.name != better && e.note == "" {
		return unmarked(s)
	}
	return better
}

// unmarked is a user or room without the marks of Markdown and of a sentence around it, "" if it is none then.
func unmarked(s string) string {
	better := strings.TrimRight(strings.TrimLeft(s, "*_~[({<\"'`"), "*_~])}>\"'`!?.,;:")
	if better == s || better == "" || !strings.ContainsRune("@#", rune(better[0])) || strings.ContainsAny(better, "*?") {
		return ""
	}
	if e, err := readEntity(better, true); err != nil || e.name != better {
		return ""
	}
	return better
}

// hostOf is the server of a web address, without its scheme, as rules name it.
func hostOf(address string) string {
	host, _, _ := strings.Cut(address, "/")
	host, _, _ = strings.Cut(host, "?")
	host, _, _ = strings.Cut(host, "#")
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	host, _, _ = servername.CutPort(grammar.ASCIIServer(strings.TrimRight(host, ".,;")))
	return strings.TrimRight(host, ".")
}
