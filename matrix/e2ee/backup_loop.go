package e2ee

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// backupBatch is how many keys one request brings.
	backupBatch = 100
	// backupGather is how long keys are gathered after the first of them.
	backupGather = time.Second
	// backupLook is after how long the backup is looked at again, whatever happened.
	backupLook = time.Hour
	// backupRetry is the longest pause between two tries, unless the homeserver asks
	// for a longer one.
	backupRetry = 5 * time.Minute
)

// backups puts keys of rooms into the account's backup, and gets them out. Its channels
// hold one token each.
type backups struct {
	*base
	*vault
	fresh chan struct{} // there are keys to back up
	again chan struct{} // what stood in the way may be gone

	mu      sync.Mutex
	current *backupVersion // nil until it was found usable
	last    error
}

// Backup is how it stands with the backup of keys.
type Backup struct {
	Version id.KeyBackupVersion // "" while none is in use
	Saved   int                 // keys in it, of those that we have
	Waiting int                 // keys that are not
	Err     error               // why not: ErrBackupUntrusted, ErrNoBackup, or the last request's
}

// BackupStatus tells how the backup stands.
func (m *backups) BackupStatus(ctx context.Context) (Backup, error) {
	var b Backup
	m.mu.Lock()
	if m.current != nil {
		b.Version = m.current.Version
	}
	b.Err = m.last
	m.mu.Unlock()
	err := m.keys.DB.QueryRow(ctx, `SELECT COUNT(CASE WHEN key_backup_version = $2 AND $2 <> '' THEN 1 END), COUNT(*)
		FROM crypto_megolm_inbound_session WHERE account_id = $1 AND session IS NOT NULL`, m.keys.AccountID, string(b.Version)).Scan(&b.Saved, &b.Waiting)
	if err != nil {
		return b, fmt.Errorf("encryption: count keys: %w", err)
	}
	b.Waiting -= b.Saved
	return b, nil
}

// RunBackup backs up keys as they come, and what an earlier run left, until ctx
// ends. It must not run twice at a time.
func (m *backups) RunBackup(ctx context.Context) error {
	for tries := 0; ; {
		err := m.backUp(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.noteBackup(err)
		if err == nil {
			tries = 0
			err = m.awaitKeys(ctx)
		} else {
			err = m.pauseBackup(ctx, backupPause(err, tries))
			tries++
		}
		if err != nil {
			return err
		}
	}
}

// noteBackup keeps an outcome for BackupStatus, and logs it when it is news.
func (m *backups) noteBackup(err error) {
	m.mu.Lock()
	news := (err == nil) != (m.last == nil) || err != nil && err.Error() != m.last.Error()
	m.last = err
	m.mu.Unlock()
	switch {
	case err != nil && news:
		m.log.Warn().Err(err).Msg("Keys not backed up")
	case news:
		m.log.Info().Msg("Keys are backed up again")
	}
}

// awaitKeys returns when there are keys to back up, or it is time to look whether
// the backup is still ours.
func (m *backups) awaitKeys(ctx context.Context) error {
	look := time.NewTimer(backupLook)
	defer look.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-look.C:
		m.setBackup(nil)
		return nil
	case <-m.again:
		m.setBackup(nil)
		return nil
	case <-m.fresh:
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(backupGather):
		return nil
	}
}

func (m *backups) pauseBackup(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-m.again:
	}
	return nil
}

// backupPause is how long to wait after the given number of tries.
func backupPause(err error, tries int) time.Duration {
	pause := min(time.Second<<min(tries, 20), backupRetry)
	if errors.Is(err, ErrBackupUntrusted) || errors.Is(err, ErrNoBackup) {
		pause = backupLook / 2
	}
	pause = max(pause, askedToWait(err, time.Now()))
	return pause + rand.N(pause/4)
}

func (m *backups) setBackup(b *backupVersion) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.current = b
}

// backUp puts all keys that wait for it into the backup.
func (m *backups) backUp(ctx context.Context) error {
	m.mu.Lock()
	current := m.current
	m.mu.Unlock()
	if current == nil {
		var err error
		if current, err = m.usableBackup(ctx); err != nil {
			return err
		}
		m.setBackup(current)
	}
	size := backupBatch
	for after := ""; ; {
		batch, err := m.unsaved(ctx, current.Version, after, size)
		if err != nil || len(batch) == 0 {
			return err
		}
		err = m.saveKeys(ctx, current, batch)
		switch {
		case err == nil && len(batch) < size:
			return nil // what has come since is gathered first
		case err == nil:
			after = batch[len(batch)-1].id
		case status(err) == http.StatusRequestEntityTooLarge && size > 1:
			size /= 2
		default:
			// Somebody may have deleted the backup or made another, which homeservers tell
			// in different ways, 500 among them. The next try looks.
			m.setBackup(nil)
			return fmt.Errorf("encryption: back up keys: %w", err)
		}
	}
}

// poke leaves a token for whoever waits, if there is none yet.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
