package homeserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"forseti/internal/filelock"
)

// Build returns the path of the Dendrite program, which it compiles unless an
// earlier call on this machine did. The first build takes a minute or more,
// downloads included; progress, if not nil, hears every few seconds that it
// goes on. Programs that call Build at the same time build once.
func Build(ctx context.Context, progress func(string)) (string, error) {
	if progress == nil {
		progress = func(string) {}
	}
	source, err := sourceDir()
	if err != nil {
		return "", err
	}
	cc := cCompiler()
	bin, err := cachedPath(source, cc != "")
	if err != nil {
		return "", err
	}
	if isFile(bin) {
		return bin, nil
	}
	if err := os.MkdirAll(filepath.Dir(bin), 0o755); err != nil {
		return "", fmt.Errorf("cache folder of the homeserver: %w", err)
	}
	unlock, err := filelock.Lock(ctx, bin+".lock", func() {
		progress("another program builds the homeserver; waiting for it")
	})
	if err != nil {
		return "", fmt.Errorf("lock for building the homeserver: %w", err)
	}
	defer unlock()
	if isFile(bin) {
		return bin, nil
	}
	if err := compile(ctx, source, bin, cc, progress); err != nil {
		return "", err
	}
	return bin, nil
}

func compile(ctx context.Context, source, bin, cc string, progress func(string)) error {
	// Go writes to a name of its own: a half-written file under the final
	// name would be taken for the program by the next run.
	partial := fmt.Sprintf("%s.%d", bin, os.Getpid())
	defer os.Remove(partial)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", partial, "github.com/element-hq/dendrite/cmd/dendrite")
	cmd.Dir = source
	// The caller's flags and workspace are about our module, not about this one.
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if cc != "" {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=1", "CC="+cc)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("building the homeserver needs the go command: %w", err)
	}
	finished := make(chan error, 1)
	go func() { finished <- cmd.Wait() }()
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	progress("building the homeserver; this happens once and takes a minute or two")
	for {
		select {
		case <-ticker.C:
			progress(fmt.Sprintf("building the homeserver: %d s", int(time.Since(start).Seconds())))
		case err := <-finished:
			if err != nil {
				return fmt.Errorf("build the homeserver: %w\n%s", err, tail(out.Bytes()))
			}
			return os.Rename(partial, bin)
		}
	}
}

// cachedPath names the program after all that decides what is in it.
func cachedPath(source string, cgo bool) (string, error) {
	sum, err := os.ReadFile(filepath.Join(source, "go.sum"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place to keep the built homeserver: %w", err)
	}
	h := sha256.New()
	h.Write(sum)
	fmt.Fprintf(h, "\n%s %s/%s cgo=%t", runtime.Version(), runtime.GOOS, runtime.GOARCH, cgo)
	name := "dendrite-" + hex.EncodeToString(h.Sum(nil))[:16]
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(cache, "forseti", name), nil
}

// sourceDir finds the nested module that pins Dendrite, in the source tree
// that holds the working directory. Tests run in their package's folder and
// the demo in the repository, so that is enough.
func sourceDir() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if first, _, _ := strings.Cut(string(mod), "\n"); err == nil && strings.TrimSpace(first) == "module forseti" {
			return filepath.Join(dir, "internal", "dendrite"), nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("the homeserver is built from forseti's source tree, and %s is not in it: run this inside the repository", start)
		}
		dir = up
	}
}

// cCompiler decides how SQLite gets into Dendrite: without cgo it was seen to
// wedge after a client vanished in the middle of a request. The result is
// empty if this machine has no compiler.
func cCompiler() string {
	for _, name := range []string{os.Getenv("CC"), "cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// tail keeps the end of a program's output, where the reason stands.
func tail(out []byte) []byte {
	const limit = 4000
	return out[max(0, len(out)-limit):]
}
