//go:build unix

package homeserver

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestLockFileExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFile(t.Context(), path, func() { t.Error("waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := lockFile(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Fatalf("second holder got %v", err)
	}
	unlock()
	if unlock, err = lockFile(t.Context(), path, func() {}); err != nil {
		t.Fatal(err)
	}
	unlock()
}
