package jssdk

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"forseti/internal/filelock"
)

// oldestNode is the oldest version of Node on which the client was seen to work.
const oldestNode = 20

// ErrNoNode is the error of [Install] and [Start] on a machine without a Node that
// the client runs on.
var ErrNoNode = errors.New("the independent client needs Node 20 or newer, with npm")

var (
	//go:embed client.mjs
	script string
	//go:embed package.json
	manifest []byte
	//go:embed package-lock.json
	lock []byte
)

// Installation is where the client's programs are.
type Installation struct {
	node string // path
	dir  string // holds node_modules

	mu      sync.Mutex
	process *process // the latest
}

// running is the process that clients share; a new one if it has ended.
func (i *Installation) running() (p *process, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.process != nil {
		select {
		case <-i.process.ended:
		default:
			return i.process, nil
		}
	}
	i.process, err = launch(i)
	return i.process, err
}

// Install gets the packages of the lock file, unless an earlier call on this
// machine did. Programs that call it at the same time install once. Progress
// hears what takes long.
func Install(ctx context.Context, progress func(string)) (*Installation, error) {
	node, npm, err := programs(ctx)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no place to keep the independent client: %w", err)
	}
	sum := sha256.Sum256(append(manifest[:len(manifest):len(manifest)], lock...))
	dir := filepath.Join(cache, "forseti", "jssdk-"+hex.EncodeToString(sum[:8]))
	i := &Installation{node: node, dir: dir}
	if isDir(dir) {
		return i, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, fmt.Errorf("cache folder of the independent client: %w", err)
	}
	unlock, err := filelock.Lock(ctx, dir+".lock", func() { progress("another program installs matrix-js-sdk; waiting for it") })
	if err != nil {
		return nil, fmt.Errorf("lock for installing the independent client: %w", err)
	}
	defer unlock()
	if isDir(dir) {
		return i, nil
	}
	progress("installing matrix-js-sdk; this happens once")
	return i, install(ctx, npm, dir)
}

// install works in a folder of another name: half an installation would be taken
// for one by the next run.
func install(ctx context.Context, npm, dir string) error {
	partial, err := os.MkdirTemp(filepath.Dir(dir), "jssdk-partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	for name, text := range map[string][]byte{"package.json": manifest, "package-lock.json": lock} {
		if err := os.WriteFile(filepath.Join(partial, name), text, 0o644); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = partial
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install matrix-js-sdk: npm ci: %w\n%s", err, out)
	}
	return os.Rename(partial, dir)
}

func programs(ctx context.Context) (node, npm string, err error) {
	if node, err = exec.LookPath("node"); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	if npm, err = exec.LookPath("npm"); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	out, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return "", "", fmt.Errorf("%w: node --version: %w", ErrNoNode, err)
	}
	version := strings.TrimSpace(string(out)) // v20.1.2
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return "", "", fmt.Errorf("%w: %s is %s", ErrNoNode, node, version)
	}
	return node, npm, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
