package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// canFill tells whether a disk can be full here.
const canFill = true

// fit gives the bot as much of the disk as there is now: all, or nothing. A limit of the
// process needs no rights, and no file system that has to be made first.
func (s *stage) fit(pid int) error {
	s.mu.Lock()
	full := s.full
	s.mu.Unlock()
	var limit unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &limit)
	if err == nil {
		limit.Cur = limit.Max
		if full {
			limit.Cur = 1
		}
		err = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil)
	}
	if err != nil && err != unix.ESRCH {
		return fmt.Errorf("limit the bot's files: %w", err)
	}
	return nil
}
