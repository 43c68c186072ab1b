package commands

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/servername"
	"forseti/text"
)

// entity is a user, server or room, or a pattern of such.
type entity struct {
	kind policy.Kind
	name string
	glob bool
	note string // what the moderator should know about how it was read
	// Set only where rules are looked for: those that are written exactly so, and those
	// that were meant for it and match nobody. only says that no other rules are meant.
	byText, alike []policy.Rule
	only          bool
}

func (e entity) rule() policy.Rule { return policy.Rule{Kind: e.kind, Entity: e.name} }

// maxID is how long an identifier may be, in bytes.
const maxID = 255

// parseEntity reads an entity as a rule names it. Other bots take whatever is no
// user and no room for a server: a mistyped user ID then makes a rule that never
// matches. Here it is an error that says what to write.
func parseEntity(w grammar.Word) (entity, error) {
	s, exact := w.Text, w.Quoted
	if !exact {
		s = grammar.Unwrap(s)
	}
	if trimmed := strings.TrimFunc(s, grammar.IsSpace); exact && trimmed != "" && strings.ContainsRune("@#!", rune(trimmed[0])) {
		s = trimmed // « this » is how French quotes
	}
	if l, ok := grammar.ParseLink(s); ok {
		if l.Event != "" {
			return entity{}, refuse("That is a link to a message. Write who or what is meant: a user, a server or a room.")
		}
		s, exact = l.Target, true
	}
	return readEntity(s, exact)
}

// readEntity reads an entity that nothing stands around. One that is exact was quoted or
// linked to: then it may hold what nobody would type.
func readEntity(s string, exact bool) (entity, error) {
	switch {
	case len(s) > maxID:
		return entity{}, refuse("%s is too long: an identifier has at most %d bytes.", text.Code(text.Clip(s, 40)), maxID)
	case s == "":
		return entity{}, refuse("That is empty. Write a user as `@name:example.org`, a server as `example.org`.")
	case strings.ContainsFunc(s, isBreak):
		return entity{}, refuse("%s has characters that no ID can have.", text.Code(s))
	case s[0] == '@':
		return parseUserEntity(s, exact)
	case s[0] == '!' || s[0] == '#':
		return parseRoomEntity(s, exact)
	default:
		return parseServerEntity(s)
	}
}

// isBreak finds what is in no identifier of any homeserver.
func isBreak(r rune) bool { return r == 0 || r == '\n' || r == '\r' || r == '\ufffd' }

func parseUserEntity(s string, exact bool) (entity, error) {
	glob := strings.ContainsAny(s, "*?")
	local, server, hasServer := strings.Cut(s, ":")
	name, host, mail := strings.Cut(local[1:], "@")
	switch {
	case !exact && severalInOne(s) != "":
		return entity{}, refuse("Write several with spaces between them: %s.", severalInOne(s))
	case !exact && asked(s):
		return entity{}, refuse("%s would be a pattern, for it ends in a question mark. Did you mean %s? If it is meant so, write it in quotes.", text.Code(s), text.Code(s[:len(s)-1]))
	case mail && name != "" && (!hasServer || grammar.PortNumber(server)) && grammar.ValidServer(host):
		return entity{}, refuse("%s is no user ID. Did you mean %s?", text.Code(s), text.Code("@"+name+":"+s[len(name)+2:]))
	case !exact && mail && grammar.ValidServer(host) && strings.Contains(host, "."):
		return entity{}, refuse("Did you mean %s? If %s is the whole ID of a user, write it in quotes.",
			text.Code("@"+name+":"+host), text.Code(s))
	case !exact && !printable(s):
		return entity{}, refuse("%s has characters that user IDs of today do not have. If it is the ID of a user all the same, write it in quotes, or paste a link to them.", text.Code(s))
	case !hasServer && glob && strings.Contains(s, "*"):
		return entity{kind: policy.User, name: s, glob: true}, nil
	case !exact && !hasServer && mended(s) != "":
		return entity{}, meant(s)
	case !hasServer || server == "":
		return entity{}, refuse("%s is no user ID: the server is missing. Write it as %s.", text.Code(s),
			text.Code(strings.TrimSuffix(s, ":")+":example.org"))
	}
	if better := betterServer(server); better != "" {
		return entity{}, refuse("%s is no user ID that anybody has. Write it as %s.", text.Code(s), text.Code(local+":"+better))
	}
	switch {
	case glob && serverPattern(server), !glob && grammar.ValidServer(server):
		return entity{kind: policy.User, name: s, glob: glob}, nil
	case mended(s) != "":
		return entity{}, meant(s)
	default:
		return entity{}, refuse("%s is no user ID: %s is no server name. Write a user as `@name:example.org`.", text.Code(s), text.Code(server))
	}
}

// severalInOne shows users that are parted by commas and no spaces; "" if that is not what is written.
func severalInOne(s string) string {
	all := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' })
	if len(all) < 2 {
		return ""
	}
	for i, one := range all {
		if e, err := readEntity(one, true); err != nil || e.kind != policy.User {
			return ""
		}
		all[i] = text.Code(one)
	}
	return strings.Join(all, " ")
}

// asked tells whether a user's ID stands at the end of a question.
func asked(s string) bool {
	id, question := strings.CutSuffix(s, "?")
	_, server, _ := strings.Cut(id, ":")
	return question && !strings.ContainsAny(id, "*?") && strings.Contains(server, ".") && grammar.ValidServer(server)
}

// serverPattern allows a port, since user IDs have it too.
func serverPattern(s string) bool {
	host, port, hasPort := servername.CutPort(s)
	if hasPort && strings.Trim(port, "0123456789*?") != "" {
		return false
	}
	return grammar.ValidHost(host) || grammar.ValidHostGlob(host)
}

func parseRoomEntity(s string, exact bool) (entity, error) {
	e := entity{kind: policy.RoomKind, name: s, glob: strings.ContainsAny(s, "*?")}
	local, server, hasServer := strings.Cut(s, ":")
	if better := betterServer(server); hasServer && better != "" {
		return entity{}, refuse("%s is no room that anybody can have. Write it as %s.", text.Code(s), text.Code(local+":"+better))
	}
	switch {
	case !exact && !printable(s):
		return entity{}, refuse("%s has characters that room IDs and aliases of today do not have. If it is one all the same, write it in quotes, or paste a link to it.", text.Code(s))
	case e.glob && (hasServer || strings.Contains(s, "*")), validRoomID(s), validAlias(s):
		return e, nil
	default:
		return entity{}, badRoom(s)
	}
}

func parseServerEntity(s string) (entity, error) {
	if l := grammar.LikeLink(s); l != nil {
		return entity{}, refuse("%s is a link of no kind that I know. Did you mean %s?", text.Code(s), text.Code(l.Target))
	}
	if _, rest, ok := strings.Cut(s, "://"); ok && hostOf(rest) == "matrix.to" {
		return entity{}, refuse("%s leads to nobody. Write a user as `@name:example.org`, a server as `example.org`, a room as `#name:example.org`.", text.Code(s))
	}
	if _, rest, ok := strings.Cut(s, "://"); ok {
		return entity{}, refuse("%s is a web address. For the server, write only its name: %s.", text.Code(s), text.Code(hostOf(rest)))
	}
	if local, server, ok := strings.Cut(s, "@"); ok && !strings.HasPrefix(strings.ToLower(s), "mailto:") {
		if local != "" && grammar.ValidServer(server) {
			return entity{}, refuse("%s is no user ID. Did you mean %s?", text.Code(s), text.Code("@"+local+":"+server))
		}
		return entity{}, noEntity(s)
	}
	if better := betterServer(s); better != "" {
		return entity{}, refuse("No server has the name %s. Write it as %s.", text.Code(s), text.Code(better))
	}
	host, port, hasPort := servername.CutPort(s)
	e := entity{kind: policy.Server, name: host, glob: strings.ContainsAny(host, "*?")}
	switch {
	case hasPort && !grammar.PortNumber(port):
		if grammar.ValidServer(port) && mended(s) == "" {
			return entity{}, refuse("%s is no server name. Did you mean the user %s?", text.Code(s), text.Code("@"+s))
		}
		return entity{}, noEntity(s)
	case e.glob && !grammar.ValidHostGlob(host), !e.glob && !grammar.ValidHost(host):
		return entity{}, noEntity(s)
	}
	if better := betterServer(host); better != "" {
		return entity{}, refuse("No server has the name %s. Write it as %s.", text.Code(s), text.Code(better))
	}
	if hasPort {
		e.note = "A port is no part of a server's name in rules, so I left out the " + text.Code(":"+port) + "."
	}
	return e, nil
}

// betterServer gives the name that a server has where people write it otherwise: with
// the full stop of a sentence, with a path, in letters that DNS does not have. It is
// "" if there is nothing to mend.
func betterServer(s string) string {
	better := strings.TrimRight(grammar.ASCIIServer(strings.TrimRight(s, ".,;/")), ".,;/")
	if host, _, found := strings.Cut(better, "/"); found {
		better = host
	}
	if better == s || !serverPattern(better) {
		return ""
	}
	return better
}

func meant(s string) error {
	return refuse("%s is no user, server or room. Did you mean %s?", text.Code(s), text.Code(mended(s)))
}

func noEntity(s string) error {
	if mended(s) != "" {
		return meant(s)
	}
	return refuse("%s is no user, server or room. Write a user as `@name:example.org`, a server as `example.org`, a room as `#name:example.org`.", text.Code(s))
}

// printable allows what identifiers of today hold, and other letters, but nothing
// that cannot be seen.
func printable(s string) bool {
	return s == text.OneLine(s) && !strings.Contains(s, " ")
}

func validRoomID(s string) bool {
	local, server, hasServer := strings.Cut(s, ":")
	if !strings.HasPrefix(s, "!") || len(local) < 2 || len(s) > maxID || strings.ContainsFunc(s, isBreak) {
		return false
	}
	if hasServer {
		return grammar.ValidServer(server)
	}
	// From room version 12 on, it is the hash of the create event.
	return len(s) == 1+43
}

func validAlias(s string) bool {
	local, server, ok := strings.Cut(s, ":")
	return ok && strings.HasPrefix(s, "#") && len(local) > 1 && len(s) <= maxID && !strings.ContainsFunc(s, isBreak) && grammar.ValidServer(server)
}

func badRoom(s string) error {
	return refuse("%s is no room. Write `!id:example.org` or `#name:example.org`, or paste a link to the room.", text.Code(s))
}

// parseUser reads one user, or a pattern of users.
func parseUser(w grammar.Word) (entity, error) {
	e, err := parseEntity(w)
	if err == nil && e.kind != policy.User {
		err = refuse("%s is no user. Write a user as `@name:example.org`.", text.Code(w.Text))
	}
	return e, err
}

// parseRoom reads a room as Ref.
func parseRoom(written string) (Ref, error) {
	s := grammar.Unwrap(written)
	l, ok := grammar.ParseLink(s)
	if ok {
		s = l.Target
	}
	if local, server, found := strings.Cut(s, ":"); found && strings.HasPrefix(s, "#") {
		if better := betterServer(server); better != "" {
			return Ref{}, refuse("%s is no room that anybody can have. Write it as %s.", text.Code(s), text.Code(local+":"+better))
		}
	}
	switch {
	case validRoomID(s):
		return Ref{Room: id.RoomID(s), Via: l.Via}, nil
	case validAlias(s):
		return Ref{Alias: id.RoomAlias(s), Via: l.Via}, nil
	default:
		return Ref{}, badRoom(s)
	}
}
