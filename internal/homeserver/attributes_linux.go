package homeserver

import "syscall"

// attributes keeps a killed or timed out test from leaving its server behind,
// and Ctrl-C on the terminal from reaching the server before its owner is done.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
