// Package e2ee is the bot's device among other devices: Olm and Megolm, who it
// is, whom it trusts, verification, and the backup of its keys. It wraps what
// mautrix brings and works around where that fails.
//
// It reads what a homeserver sent and is never to panic on it, and it writes
// nothing into a room: package matrix does that.
package e2ee
