package child

import (
	"bufio"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestProcess(t *testing.T) {
	for name, end := range map[string]func(*Process){"stop": (*Process).Stop, "kill": (*Process).Kill} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "echo ready; exec sleep 60")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		lines := make(chan string, 2)
		p, err := Start(cmd, func() {
			for in := bufio.NewScanner(out); in.Scan(); {
				lines <- in.Text()
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := <-lines; got != "ready" || !p.Alive() || p.PID() == 0 {
			t.Errorf("%s: said %q, alive %t", name, got, p.Alive())
		}
		end(p)
		if <-p.Exited(); p.Alive() {
			t.Errorf("%s: still runs", name)
		}
	}
	if _, err := Start(exec.CommandContext(t.Context(), "/nowhere"), nil); err == nil {
		t.Error("ran nothing")
	}
}

// No variable of the environment configures the bot that is run.
func TestBotHasOnlyItsFile(t *testing.T) {
	t.Setenv("FORSETI_DATABASE_URL", "sqlite:other.db")
	t.Setenv("OTHER", "x")
	env := Bot("forseti", "forseti.yaml").Env
	if slices.ContainsFunc(env, func(pair string) bool { return strings.HasPrefix(pair, "FORSETI_") }) || !slices.Contains(env, "OTHER=x") {
		t.Errorf("%q", env)
	}
}
