package commands

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// entity is a user, server or room, or a pattern of such.
type entity struct {
	kind policy.Kind
	name string
	glob bool
	note string // what the moderator should know about how it was read
}

func (e entity) rule() policy.Rule { return policy.Rule{Kind: e.kind, Entity: e.name} }

// maxID is how long an identifier may be, in bytes.
const maxID = 255

// parseEntity reads an entity as a rule names it. Other bots take whatever is no
// user and no room for a server: a mistyped user ID then makes a rule that never
// matches. Here it is an error that says what to write.
func parseEntity(written string) (entity, error) {
	s := unwrap(written)
	if l, ok := parseLink(s); ok {
		if l.event != "" {
			return entity{}, refuse("That is a link to a message. Write who or what is meant: a user, a server or a room.")
		}
		s = l.target
	}
	if len(s) > maxID {
		return entity{}, refuse("%s is too long: an identifier has at most %d bytes.", code(clip(s, 40)), maxID)
	}
	switch {
	case s == "":
		return entity{}, refuse("That is empty. Write a user as `@name:example.org`, a server as `example.org`.")
	case s[0] == '@':
		return parseUserEntity(s)
	case s[0] == '!' || s[0] == '#':
		return parseRoomEntity(s)
	default:
		return parseServerEntity(s)
	}
}

func parseUserEntity(s string) (entity, error) {
	glob := strings.ContainsAny(s, "*?")
	_, server, hasServer := strings.Cut(s, ":")
	switch {
	case !printable(s):
		return entity{}, refuse("%s has characters that no user ID has.", code(s))
	case glob && hasServer && serverPattern(server), glob && !hasServer && strings.Contains(s, "*"):
		return entity{kind: policy.User, name: s, glob: true}, nil
	case !glob && hasServer && validServer(server):
		return entity{kind: policy.User, name: s}, nil
	case !hasServer || server == "":
		return entity{}, refuse("%s is no user ID: the server is missing. Write it as %s.", code(s),
			code(strings.TrimSuffix(s, ":")+":example.org"))
	default:
		return entity{}, refuse("%s is no user ID: %s is no server name. Write a user as `@name:example.org`.", code(s), code(server))
	}
}

// serverPattern allows a port, since user IDs have it too.
func serverPattern(s string) bool {
	host, port, hasPort := cutPort(s)
	if hasPort && strings.Trim(port, "0123456789*?") != "" {
		return false
	}
	return validHost(host) || validHostGlob(host)
}

func parseRoomEntity(s string) (entity, error) {
	e := entity{kind: policy.RoomKind, name: s, glob: strings.ContainsAny(s, "*?")}
	switch {
	case !printable(s):
		return entity{}, refuse("%s has characters that no room ID or alias has.", code(s))
	case e.glob && (strings.Contains(s, ":") || strings.Contains(s, "*")):
		return e, nil
	case validRoomID(s) || validAlias(s):
		return e, nil
	default:
		return entity{}, badRoom(s)
	}
}

func parseServerEntity(s string) (entity, error) {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return entity{}, refuse("%s is a web address. For the server, write only its name: %s.", code(s), code(host))
	}
	if local, server, ok := strings.Cut(s, "@"); ok {
		if local != "" && validServer(server) {
			return entity{}, refuse("%s is no user ID. Did you mean %s?", code(s), code("@"+local+":"+server))
		}
		return entity{}, noEntity(s)
	}
	host, port, hasPort := cutPort(s)
	e := entity{kind: policy.Server, name: host, glob: strings.ContainsAny(host, "*?")}
	switch {
	case hasPort && !portNumber.MatchString(port):
		if validServer(port) {
			return entity{}, refuse("%s is no server name. Did you mean the user %s?", code(s), code("@"+s))
		}
		return entity{}, noEntity(s)
	case e.glob && !validHostGlob(host), !e.glob && !validHost(host):
		return entity{}, noEntity(s)
	}
	if hasPort {
		e.note = "A port is no part of a server's name in rules, so I left out the " + code(":"+port) + "."
	}
	return e, nil
}

func noEntity(s string) error {
	return refuse("%s is no user, server or room. Write a user as `@name:example.org`, a server as `example.org`, a room as `#name:example.org`.", code(s))
}

// printable allows what old user IDs and aliases may hold, but nothing that cannot
// be seen.
func printable(s string) bool {
	return s == oneLine(s) && !strings.Contains(s, " ")
}

func validRoomID(s string) bool {
	local, server, hasServer := strings.Cut(s, ":")
	if !strings.HasPrefix(s, "!") || len(local) < 2 || len(s) > maxID || !printable(s) {
		return false
	}
	if hasServer {
		return validServer(server)
	}
	// From room version 12 on, it is the hash of the create event.
	return len(s) == 1+43
}

func validAlias(s string) bool {
	local, server, ok := strings.Cut(s, ":")
	return ok && strings.HasPrefix(s, "#") && len(local) > 1 && len(s) <= maxID && printable(s) && validServer(server)
}

func badRoom(s string) error {
	return refuse("%s is no room. Write `!id:example.org` or `#name:example.org`, or paste a link to the room.", code(s))
}

// parseUser reads one user, or a pattern of users.
func parseUser(written string) (entity, error) {
	e, err := parseEntity(written)
	if err == nil && e.kind != policy.User {
		err = refuse("%s is no user. Write a user as `@name:example.org`.", code(written))
	}
	return e, err
}

// parseRoom reads a room as Ref.
func parseRoom(written string) (Ref, error) {
	s := unwrap(written)
	l, ok := parseLink(s)
	if ok {
		s = l.target
	}
	switch {
	case validRoomID(s):
		return Ref{Room: id.RoomID(s), Via: l.via}, nil
	case validAlias(s):
		return Ref{Alias: id.RoomAlias(s), Via: l.via}, nil
	default:
		return Ref{}, badRoom(s)
	}
}
