//go:build !linux

package homeserver

import "syscall"

// attributes has no portable way to tie the server to its parent: here it
// outlives a killed test.
func attributes() *syscall.SysProcAttr { return nil }
