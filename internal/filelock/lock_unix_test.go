//go:build unix

package filelock

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestLockExcludes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(t.Context(), path, func() { t.Error("waited for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Lock(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Fatalf("second holder got %v", err)
	}
	unlock()
	if unlock, err = Lock(t.Context(), path, func() {}); err != nil {
		t.Fatal(err)
	}
	unlock()
}
