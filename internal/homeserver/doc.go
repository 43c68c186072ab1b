// Package homeserver runs a real Dendrite for tests and for the demo: built on
// first use, on a loopback port, with its data in one folder, and restarted
// when it wedges. It knows nothing of the bot and must not be imported by it.
package homeserver
