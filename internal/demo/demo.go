// Package demo shows the bot's main job as a story: a real homeserver, the bot as
// a process of its own, moderators, members and attackers. Each step is judged by
// what the homeserver says afterwards, and not by what the bot says.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// Options say how the demo runs.
type Options struct {
	Once       bool      // end after the story
	Colour     bool      // the terminal shows colours
	Listen     string    // where the homeserver answers, such as 127.0.0.1:8008; "" for a free port
	Out        io.Writer // the terminal
	Executable string    // the program to run as "EXECUTABLE run --config FILE"

	patience time.Duration // of a step; stepPatience unless a test has less
}

// ErrStory is returned if a step did not have its effect.
var ErrStory = errors.New("the story did not go as it should")

// stepPatience is how long a step may take to have its effect.
const stepPatience = 20 * time.Second

// Run sets the stage, tells the story and, unless Once is set, stays up until ctx
// ends.
func Run(ctx context.Context, o Options) error {
	if o.patience == 0 {
		o.patience = stepPatience
	}
	say := func(format string, args ...any) { fmt.Fprintf(o.Out, format+"\n", args...) }
	say("Setting the stage: a homeserver, a moderator, rooms with members.")
	s, err := newStage(ctx, o)
	if s != nil {
		defer s.close()
	}
	if err != nil {
		return quiet(ctx, err)
	}
	say("")
	began := time.Now()
	for n, step := range story {
		if err := s.tell(ctx, n+1, step, say); err != nil {
			return quiet(ctx, err)
		}
	}
	say("\nThe whole story took %.1f s.", time.Since(began).Seconds())
	if o.Once {
		return nil
	}
	if err := s.open(ctx); err != nil {
		return quiet(ctx, fmt.Errorf("set up the clear room: %w", err))
	}
	s.invitation(say)
	<-ctx.Done()
	say("\nCleaning up.")
	return nil
}

// quiet makes Ctrl-C no failure.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, ErrStory) {
		return nil
	}
	return err
}

// tell does one step and waits for its effect.
func (s *stage) tell(ctx context.Context, n int, st step, say func(string, ...any)) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.patience)
	defer cancel()
	s.began = time.Now()
	outcome, err := st.run(ctx, s)
	took := time.Since(s.began).Seconds()
	p := paint(s.options.Colour)
	title, dots := p.title(st.title), " "+strings.Repeat(".", max(2, 52-len(st.title)))
	if err == nil {
		say("%3d  %s%s %s %6.2f s  %s", n, title, p.faint(dots), p.good("ok"), took, outcome)
		s.answered(ctx)
		for _, l := range s.talk.untold(s.said()) {
			p.show(say, l)
		}
		return nil
	}
	say("%3d  %s%s %s after %.2f s\n     %v", n, title, p.faint(dots), p.bad("FAILED"), took, err)
	if said := s.heard(context.WithoutCancel(ctx)); len(said) > 0 {
		say("     the bot said last:\n       %s", strings.Join(said[max(0, len(said)-5):], "\n       "))
	}
	if log := s.bot.lastWords(); log != "" {
		say("     its log ends with:\n%s", log)
	}
	return fmt.Errorf("step %d, %s: %w", n, st.title, ErrStory)
}

// invitation says how to look in: first what one needs, the others in a file.
func (s *stage) invitation(say func(string, ...any)) {
	p := paint(s.options.Colour)
	say("\n%s with any Matrix client that encrypts and lets you choose a homeserver:\n", p.title("Look in"))
	say("  homeserver    %s", p.good(s.server.URL))
	var others strings.Builder
	for _, who := range s.people {
		if who.client == s.moderator {
			say("  moderator     %s", p.good(string(who.client.UserID)))
			say("  password      %s", p.good(who.password))
			say("  recovery key  %s", who.recovery)
			continue
		}
		fmt.Fprintf(&others, "%-10s  %s  password %s\n", who.part, who.client.UserID, who.password)
	}
	say("\nThen open the room %q and write: %s", managementName, p.good("!forseti help"))
	say("Here the bot obeys any login of the moderator (commands.trust: any), so that you can write at once. As it comes it obeys only logins that were verified, as by the recovery key.")
	write, read := s.byHand()
	say("\n%s in the room %q, with any client at all, or from a second terminal:\n", p.title("Or without encryption"), clearName)
	say("  %s\n  %s", write, read)
	say("\nThe bot that answers there looks after the room %q, where %s is.", playgroundName, id.NewUserID(playfulName, s.server.Name))
	file := filepath.Join(s.dir, "accounts.txt")
	if err := os.WriteFile(file, []byte(others.String()), 0o600); err == nil {
		say("The other accounts, members and spammers, are in %s", file)
	}
	say("%s ends the demo and removes everything.", p.title("Ctrl-C"))
}
