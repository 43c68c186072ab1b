//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

func flock(file *os.File) (sure bool, err error) {
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrRunning
	}
	return err == nil, err
}

// ended reports whether there is no process of that number.
func ended(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
