package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const startLimit = time.Minute

type server struct {
	dir    string
	port   int
	cmd    *exec.Cmd
	output bytes.Buffer  // read only after exited is closed
	exited chan struct{} // closed when the process is gone
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://forseti@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// programs finds the folder that holds initdb and postgres.
func programs() (string, error) {
	var folders []string
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	// Debian keeps them out of PATH.
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	for _, folder := range append(folders, installed...) {
		_, noInit := exec.LookPath(filepath.Join(folder, "initdb"))
		_, noServer := exec.LookPath(filepath.Join(folder, "postgres"))
		if noInit == nil && noServer == nil {
			return folder, nil
		}
	}
	return "", errors.New("initdb and postgres are neither in PATH nor in /usr/lib/postgresql/*/bin")
}

func startServer() (*server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// A short path: a socket's is limited to about 100 bytes.
	dir, err := os.MkdirTemp("", "forseti-pg")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, exited: make(chan struct{})}
	if err := s.run(bin, who); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *server) run(bin string, who *user) error {
	if who != nil {
		if err := os.Chown(s.dir, who.uid, who.gid); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "forseti", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = s.dir, attributes(who)
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	var err error
	if s.port, err = freePort(); err != nil {
		return err
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", s.dir, "-h", "127.0.0.1",
		"-p", fmt.Sprint(s.port), "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
	s.cmd.Dir, s.cmd.SysProcAttr = s.dir, attributes(who)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.exited)
	}()
	return s.ready()
}

// ready waits until the server answers.
func (s *server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-s.exited:
			return fmt.Errorf("it ended: %s", s.output.String())
		case <-ctx.Done():
			s.halt()
			return fmt.Errorf("no answer within %v: %w: %s", startLimit, err, s.output.String())
		}
	}
}

func (s *server) stop() {
	s.halt()
	if err := os.RemoveAll(s.dir); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
}

// halt ends the server without waiting for its clients. An error means that it
// is gone already.
func (s *server) halt() {
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	<-s.exited
}

// freePort asks the system for a port nobody uses right now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}

// user is whom the server runs as; nil is whoever runs the tests.
type user struct{ uid, gid int }
