//go:build !linux

package homeserver

import (
	"os"
	"syscall"
)

// attributes has no portable way to tie the server to its parent: here it
// outlives a killed test.
func attributes() *syscall.SysProcAttr { return nil }

// memory is where the folder of a server goes that does not outlive it.
func memory() string { return os.TempDir() }

// gone reports whether a process has ended, which cannot be told here.
func gone(int) bool { return false }
