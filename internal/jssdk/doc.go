// Package jssdk is a person with an independent Matrix client: matrix-js-sdk with
// its Rust encryption, as Element has it, run by Node. Tests hold Forseti's
// encryption against it, since two clients of one library agree on its faults.
//
// It is for tests only. The client itself is client.mjs; this package installs
// what that needs, starts it, and gives it orders.
package jssdk
