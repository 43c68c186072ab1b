// Package verify is how two people make sure that nobody sits between their
// devices: by comparing emoji (SAS) or by scanning a QR code, as the
// client-server API's key verification framework has it.
//
// It is a pure state machine: messages, answers and the time go in, and what is to
// be sent, looked up, signed and shown comes out. It never confirms by itself. Who
// may verify at all is for its caller to decide.
package verify
