package jssdk

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"sync"
	"time"
)

// process is a running client.mjs, which all clients of an installation share: to start
// one takes a second of the processor's time.
type process struct {
	cmd   *exec.Cmd
	words *lastWords
	ended chan struct{} // closed when it is over

	mu      sync.Mutex
	in      io.WriteCloser
	next    int64 // of commands and of clients
	waiting map[int64]chan<- answer
	news    map[int64]func(line) // by client
}

type answer struct {
	ID    int64           `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error string          `json:"error"`
}

// line is what the script writes of a client: an answer, or news.
type line struct {
	answer
	Client       int64         `json:"client"`
	Message      *Message      `json:"message"`
	Verification *Verification `json:"verification"`
}

// launch starts the script. It ends with its stdin, and so with this program.
func launch(i *Installation) (*process, error) {
	p := &process{words: &lastWords{}, ended: make(chan struct{}), waiting: map[int64]chan<- answer{}, news: map[int64]func(line){}}
	// Given as text, the script finds its packages from the folder that it runs in.
	p.cmd = exec.Command(i.node, "--input-type=module", "--eval", script)
	p.cmd.Dir = i.dir
	p.cmd.Stderr = p.words
	p.cmd.WaitDelay = time.Second
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the independent client: %w", err)
	}
	go func() {
		defer close(p.ended)
		p.read(out)
		_ = p.cmd.Wait()
	}()
	return p, nil
}

// read hands out what comes until the script ends.
func (p *process) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			fmt.Fprintf(p.words, "not a line of ours: %s\n", lines.Bytes())
			continue
		}
		p.mu.Lock()
		news, waiting := p.news[l.Client], p.waiting[l.ID]
		delete(p.waiting, l.ID)
		p.mu.Unlock()
		switch {
		case l.ID == 0 && news != nil:
			news(l)
		case waiting != nil:
			waiting <- l.answer
		}
	}
}

// add makes room for one more client, whose news are handed out.
func (p *process) add(news func(line)) (client int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	p.news[p.next] = news
	return p.next
}

func (p *process) drop(client int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.news, client)
}

// arguments of a command, by their names in client.mjs.
type arguments map[string]any

// do has the script carry out a command, and decodes its result into result,
// which may be nil.
func (p *process) do(ctx context.Context, client int64, command string, args arguments, result any) error {
	got := make(chan answer, 1)
	if err := p.write(client, command, args, got); err != nil {
		return fmt.Errorf("js-sdk %s: %w\n%s", command, err, p.words)
	}
	select {
	case a := <-got:
		if a.Error != "" {
			return fmt.Errorf("js-sdk %s: %s", command, a.Error)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.OK, result)
	case <-p.ended:
		return fmt.Errorf("js-sdk %s: the client ended\n%s", command, p.words)
	case <-ctx.Done():
		return fmt.Errorf("js-sdk %s: %w\n%s", command, ctx.Err(), p.words)
	}
}

func (p *process) write(client int64, command string, args arguments, got chan<- answer) error {
	text := arguments{"client": client, "do": command}
	maps.Copy(text, args)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	text["id"] = p.next
	encoded, err := json.Marshal(text)
	if err != nil {
		return err
	}
	p.waiting[p.next] = got
	_, err = p.in.Write(append(encoded, '\n'))
	return err
}

// lastWords keeps the end of what the script complained of.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

func (w *lastWords) Write(text []byte) (int, error) {
	const limit = 8000
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, text...)
	w.text = w.text[max(0, len(w.text)-limit):]
	return len(text), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}
