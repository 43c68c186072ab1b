// Package child runs the bot as a process of its own, which can be killed.
package child

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// patience is how long a process that is told to end may take.
const patience = 10 * time.Second

// Process is one run.
type Process struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// Bot is the command that runs the bot with a configuration.
func Bot(program, config string) *exec.Cmd {
	cmd := exec.Command(program, "run", "--config", config)
	// Variables would win over the file, and are those of another bot.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "FORSETI_") })
	return cmd
}

// Start runs a command. read, if it is not nil, reads what comes from its pipes to the end.
func Start(cmd *exec.Cmd, read func()) (*Process, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd, make(chan struct{})}
	go func() {
		if read != nil {
			read() // to wait closes the pipes
		}
		_ = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// PID is the process's ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited is closed once it has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Alive tells whether it still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Kill ends it as a power cut would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// Stop ends it in good order, if that does not take too long.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.Kill()
	}
}
