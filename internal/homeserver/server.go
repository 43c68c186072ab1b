package homeserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/synapseadmin"
)

// Options of Start. The zero value is a server on "localhost" in a temporary folder.
type Options struct {
	Kind   Kind         // Dendrite, unless it is set
	Dir    string       // kept after Stop, and may hold an earlier server's data; empty for a temporary folder that Stop removes
	Name   string       // server name, the part of a user ID after the colon
	Listen string       // the loopback address and port to answer at; empty for a free one
	Limits *Limits      // nil for a server that limits nobody's rate
	Report func(string) // hears of the build's progress and of restarts; called from other goroutines too

	every    time.Duration // between two looks of the watch
	patience time.Duration // for one answer
}

// Limits are a homeserver's own rate limits, as it comes.
type Limits struct {
	Exempt []id.UserID // Dendrite reads them at its start; Synapse is told by its admin API
}

func (l *Limits) exempt() string {
	if l == nil {
		return ""
	}
	var quoted []string
	for _, user := range l.Exempt {
		quoted = append(quoted, strconv.Quote(string(user)))
	}
	return strings.Join(quoted, ", ")
}

// Server is a running homeserver. Its methods may be called from any goroutine.
type Server struct {
	Name string // for example "localhost"
	URL  string // of the client-server API, without a slash at the end

	opts   Options
	kind   product
	bin    string
	addr   string
	secret string
	temp   bool
	probe  *probe
	pid    atomic.Int64 // of the present process

	passwords sync.Map // of the users of Client, by ID

	restarts chan chan error
	cancel   context.CancelFunc
	done     chan struct{}
}

var errStopped = errors.New("homeserver is stopped")

// Start builds the homeserver if need be, and returns once it answers. It runs
// until Stop, whatever happens to ctx, and is watched: when it dies or wedges,
// it is restarted on the same data and address.
func Start(ctx context.Context, opts Options) (*Server, error) {
	if opts.Report == nil {
		opts.Report = func(string) {}
	}
	if opts.Name == "" {
		opts.Name = "localhost"
	}
	if opts.every == 0 {
		opts.every = 10 * time.Second
	}
	if opts.patience == 0 {
		opts.patience = 20 * time.Second
	}
	kind, err := opts.Kind.product()
	if err != nil {
		return nil, err
	}
	bin, err := kind.find(ctx, opts.Report)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Name: opts.Name, opts: opts, kind: kind, bin: bin, secret: rand.Text(), temp: opts.Dir == "",
		restarts: make(chan chan error), done: make(chan struct{}),
	}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("folder of the homeserver: %w", err)
	}
	p, err := s.firstRun(ctx)
	if err != nil {
		s.removeTemp()
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	go s.watch(running, p)
	return s, nil
}

func (s *Server) prepare() (err error) {
	if s.temp {
		s.opts.Dir, err = temporary()
		return err
	}
	if s.opts.Dir, err = filepath.Abs(s.opts.Dir); err != nil {
		return err
	}
	return os.MkdirAll(s.opts.Dir, 0o700)
}

// temporary makes the folder of a server that does not outlive it, in memory if there
// is room, and clears away what killed processes left.
func temporary() (string, error) {
	const prefix = "forseti-homeserver-"
	left, _ := filepath.Glob(filepath.Join(memory(), prefix+"*"))
	for _, dir := range left {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), prefix), "-")
		if pid, err := strconv.Atoi(owner); err == nil && gone(pid) {
			_ = os.RemoveAll(dir)
		}
	}
	pattern := fmt.Sprintf("%s%d-", prefix, os.Getpid())
	if dir, err := os.MkdirTemp(memory(), pattern); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", pattern)
}

// firstRun tries some ports: between finding a free one and Dendrite's use of
// it, another program may take it.
func (s *Server) firstRun(ctx context.Context) (p *process, err error) {
	for range 5 {
		if s.addr, err = s.address(ctx); err != nil {
			return nil, err
		}
		s.URL = "http://" + s.addr
		if err := s.kind.configure(s.opts.Dir, s.Name, s.secret, s.addr, s.opts.Limits); err != nil {
			return nil, fmt.Errorf("configure the homeserver: %w", err)
		}
		p, err = s.run(ctx, func(ctx context.Context) error {
			user, token, err := s.Register(ctx, "health-"+strings.ToLower(rand.Text()), rand.Text(), false)
			if err == nil {
				s.probe, err = newProbe(ctx, s.URL, user, token)
			}
			return err
		})
		if err == nil || ctx.Err() != nil || s.opts.Listen != "" || !strings.Contains(strings.ToLower(err.Error()), "address already in use") {
			return p, err
		}
	}
	return nil, err
}

// run starts the program and waits until ready returns nil.
func (s *Server) run(ctx context.Context, ready func(context.Context) error) (*process, error) {
	p, err := launch(s.bin, s.opts.Dir, s.kind.arguments(s.addr))
	if err != nil {
		return nil, err
	}
	s.pid.Store(int64(p.cmd.Process.Pid))
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	// Dendrite ends if its port is taken. Whoever has the port may then leave
	// our question without an answer.
	alive, gone := context.WithCancel(ctx)
	defer gone()
	go func() {
		select {
		case <-p.exited:
			gone()
		case <-alive.Done():
		}
	}()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		attempt, cancel := context.WithTimeout(alive, s.opts.patience)
		err := ready(attempt)
		cancel()
		if err == nil {
			return p, nil
		}
		select {
		case <-p.exited:
			return nil, fmt.Errorf("homeserver ended at its start:\n%s", p.lastWords())
		case <-ctx.Done():
			p.stop(0)
			return nil, fmt.Errorf("homeserver did not get ready: %w\n%s", err, p.lastWords())
		case <-ticker.C:
		}
	}
}

// Register makes a user, with a device, by the shared secret.
func (s *Server) Register(ctx context.Context, localpart, password string, admin bool) (id.UserID, string, error) {
	cli, err := mautrix.NewClient(s.URL, "", "")
	if err != nil {
		return "", "", err
	}
	resp, err := (&synapseadmin.Client{Client: cli}).SharedSecretRegister(ctx, s.secret, synapseadmin.ReqSharedSecretRegister{
		Username: localpart, Password: password, Admin: admin,
	})
	if err != nil {
		return "", "", fmt.Errorf("register %s: %w", localpart, err)
	}
	return resp.UserID, resp.AccessToken, nil
}

// Healthy returns nil if the server takes an event and delivers it. Give ctx a
// deadline: a wedged server never answers.
func (s *Server) Healthy(ctx context.Context) error { return s.probe.check(ctx) }

// Restart ends the server and starts it again on the same data and address.
// Connections are cut; access tokens stay valid.
func (s *Server) Restart(ctx context.Context) error {
	reply := make(chan error, 1)
	select {
	case s.restarts <- reply:
	case <-s.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop ends the server and waits for its end. It may be called more than once.
func (s *Server) Stop() {
	s.cancel()
	<-s.done
}

func (s *Server) removeTemp() {
	if s.temp {
		_ = os.RemoveAll(s.opts.Dir)
	}
}

// address is where to answer: what was asked for, if nobody else is there, or a free port.
func (s *Server) address(ctx context.Context) (string, error) {
	if s.opts.Listen == "" {
		return freeAddress(ctx)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Listen)
	if err != nil {
		return "", fmt.Errorf("the homeserver cannot answer at %s: %w", s.opts.Listen, err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("free port for the homeserver: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
