//go:build unix

package filelock

import (
	"context"
	"os"
	"syscall"
	"time"
)

// Lock holds an advisory lock until unlock is called. The system drops it
// when its holder dies, so a killed program leaves nothing to clean up. It calls
// waiting once if somebody else has the lock.
func Lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for told := false; ; told = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return func() { _ = f.Close() }, nil
		case err != syscall.EWOULDBLOCK && err != syscall.EINTR:
			_ = f.Close()
			return nil, err
		case !told:
			waiting()
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}
