package homeserver

import (
	"errors"
	"os"
	"syscall"
)

// attributes keeps a killed or timed out test from leaving its server behind,
// and Ctrl-C on the terminal from reaching the server before its owner is done.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// memory is where the folder of a server goes that does not outlive it, if there is
// room: a homeserver syncs its databases at each event, and on a disk most of its time
// goes there.
func memory() string {
	const shm, enough = "/dev/shm", 1 << 30
	var fs syscall.Statfs_t
	if syscall.Statfs(shm, &fs) != nil || fs.Bavail*uint64(fs.Bsize) < enough {
		return os.TempDir()
	}
	return shm
}

// gone reports whether a process has ended.
func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
