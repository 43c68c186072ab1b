// Package matrix is one account's session with its homeserver: it hands over
// what /sync brings, and carries out actions. It decides nothing.
//
// It reads events by itself and not through mautrix, which gives up on a whole
// /sync response because of one odd event, and forgets a batch before it is
// handled.
package matrix
