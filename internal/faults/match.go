package faults

import (
	"net/http"
	"strings"
)

// Match tells requests apart. Paths are decoded.
type Match func(method, path string) bool

// Everything matches any request.
func Everything(string, string) bool { return true }

// Sync matches the long poll.
func Sync(_, path string) bool { return strings.HasSuffix(path, "/v3/sync") }

// Ban, Unban and Kick match what is done to members.
func Ban(_, path string) bool   { return strings.HasSuffix(path, "/ban") }
func Unban(_, path string) bool { return strings.HasSuffix(path, "/unban") }
func Kick(_, path string) bool  { return strings.HasSuffix(path, "/kick") }

// Redact matches a redaction.
func Redact(_, path string) bool { return strings.Contains(path, "/redact/") }

// Speech matches messages and reactions.
func Speech(_, path string) bool {
	return strings.Contains(path, "/send/m.room.message/") || strings.Contains(path, "/send/m.reaction/")
}

// ACL matches the writing of a server ACL.
func ACL(method, path string) bool {
	return method == http.MethodPut && strings.Contains(path, "/state/m.room.server_acl")
}

// FullState matches the reading of a room's whole state.
func FullState(_, path string) bool { return strings.HasSuffix(path, "/state") }

// Write matches what may change something at the homeserver.
func Write(method, path string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// In narrows a match to one room, or to whatever else stands in the path.
func In(part string, m Match) Match {
	return func(method, path string) bool { return strings.Contains(path, part) && m(method, path) }
}

// But narrows a match to what another leaves.
func But(except, m Match) Match {
	return func(method, path string) bool { return !except(method, path) && m(method, path) }
}
