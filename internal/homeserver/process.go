package homeserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// process is one run of the program. exited closes when it is over.
type process struct {
	cmd    *exec.Cmd
	log    string
	exited chan struct{}
}

func launch(bin, dir string, arguments []string) (*process, error) {
	path := filepath.Join(dir, "homeserver.log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(bin, arguments...)
	cmd.Dir = dir
	// Memory is there, and processor time is what tests wait for.
	cmd.Env = append(os.Environ(), "GOGC=400")
	// A file and not a pipe: with a pipe, Wait would wait for its readers.
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()
	p := &process{cmd: cmd, log: path, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		defer close(p.exited)
		defer log.Close()
		// Linux ties the parent-death signal to the thread that forked, so
		// that thread has to live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start the homeserver: %w", err)
	}
	return p, nil
}

// stop asks first, so that the databases are closed in order, then kills.
func (p *process) stop(grace time.Duration) {
	if grace > 0 && p.cmd.Process.Signal(os.Interrupt) == nil {
		select {
		case <-p.exited:
			return
		case <-time.After(grace):
		}
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
}

func (p *process) lastWords() string {
	out, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(tail(out))
}
