package e2ee

import "maunium.net/go/mautrix/crypto"

// Olm is the library's machine, for tests to look into.
func (m *Machine) Olm() *crypto.OlmMachine { return m.mach }
