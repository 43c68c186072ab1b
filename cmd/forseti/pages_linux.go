package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// dropProgram lets go of what was read of the program's file. The kernel maps sixteen pages
// around each that is touched, so that after a start nearly the whole file counts as the
// bot's memory, and a tenth of it is what it goes on to need; that comes back by itself, from
// the kernel's cache. Where the kernel does not tell what is whose, nothing happens.
func dropProgram() {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, s := range clean(maps, path) {
		// That it cannot be is no harm.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, s.from, s.to-s.from, syscall.MADV_DONTNEED)
	}
}

// stretch is a piece of the address space.
type stretch struct{ from, to uintptr }

// clean are the stretches that are as they are in the file, and cannot be written to: all
// others have what would be lost. What a linker relocated is such a one.
func clean(smaps []byte, path string) []stretch {
	var all []stretch
	var s stretch
	unwritten := false
	for line := range bytes.Lines(smaps) {
		// from-to rights offset device inode path
		fields := strings.Fields(string(line))
		switch {
		case len(fields) >= 2 && strings.Contains(fields[0], "-"):
			from, to, _ := strings.Cut(fields[0], "-")
			begin, err1 := strconv.ParseUint(from, 16, 64)
			end, err2 := strconv.ParseUint(to, 16, 64)
			s = stretch{uintptr(begin), uintptr(end)}
			unwritten = err1 == nil && err2 == nil && !strings.Contains(fields[1], "w") && strings.HasSuffix(strings.TrimSpace(string(line)), " "+path)
		case len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0" && unwritten:
			all = append(all, s)
		}
	}
	return all
}
