// Package policy holds the rules of watched policy lists and answers which rule decides about a user, server or room.
// It is pure: no clock, no I/O, no goroutines, no logging. It never acts and knows nothing of protected rooms.
//
// When several rules match, the deciding one is found by, in this order:
//
//  1. recommendation: exemption, then takedown, then ban; nothing else decides, nor does an exemption in a list that
//     may not exempt (see [Index.SetExempting])
//  2. the order of the lists (see [Index.SetOrder]); lists without a place come last, by room ID
//  3. literal before hash before glob
//  4. state key
//
// The specification gives no precedence, so this one is ours.
//
// Users and servers are compared with ASCII case folded, as ACLs are (MSC4436); rooms and aliases exactly. Ports are no
// part of a server's name. A hashed rule (MSC4205) is held against the exact user ID, room ID or alias, and against
// the lower-case server name without port.
package policy
