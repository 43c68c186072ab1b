// Package homeserver runs a real homeserver for tests and for the demo, on a
// loopback port, with its data in one folder, and restarted when it wedges:
// Dendrite, which is built on first use, or a Synapse that is installed. It knows nothing of the bot and must not be imported by it.
package homeserver
