package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/util/dbutil"

	"forseti/worker"
)

// ErrNotOwner is returned for a write after another process took the database over.
// Nothing was written, and nothing will be: the process has to stop.
var ErrNotOwner = errors.New("another Forseti has taken over this database, so this one may not write to it any more")

const (
	// lease is how long an owner counts as alive after it was last heard of, where no
	// lock tells.
	lease      = 15 * time.Second
	renewEvery = lease / 3
)

// owner keeps the database ours for as long as it is open.
type owner struct {
	d    *Database
	lock *lock
	stop context.CancelFunc
	wait worker.Group
}

// now is the database's clock, in milliseconds.
func now(d dbutil.Dialect) string {
	if d == dbutil.Postgres {
		return `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`
	}
	return `CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)`
}

// last is what the owner's row says.
type last struct {
	holder  string
	renewed int64         // 0: nobody holds it
	age     time.Duration // since it was renewed
}

// lastOwner returns the zero last for a database that has no such row yet.
func (d *Database) lastOwner(ctx context.Context) (l last, err error) {
	there, err := d.db.TableExists(ctx, "owner")
	if err != nil || !there {
		return last{}, err
	}
	var ms int64
	err = d.db.QueryRow(ctx, `SELECT holder, renewed, `+now(d.db.Dialect)+` - renewed FROM owner`).Scan(&l.holder, &l.renewed, &ms)
	l.age = time.Duration(ms) * time.Millisecond
	return l, err
}

// await returns once the last owner is known to be gone, or ErrRunning if it is
// seen to live. The lock says nothing behind a proxy that shares connections, where
// a file system does not keep it, or on a system without.
func (d *Database) await(ctx context.Context, l *lock) (unclean bool, err error) {
	before, err := d.lastOwner(ctx)
	if err != nil || before.renewed == 0 {
		return false, err
	}
	if l.sure || gone(before.holder) {
		return true, nil
	}
	for seen := before; seen.age < lease; {
		d.log.Info().Str("holder", before.holder).Msg("Another Forseti was at work on this database a moment ago; waiting to see if it lives")
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return true, ctx.Err()
		}
		if seen, err = d.lastOwner(ctx); err != nil {
			return true, err
		}
		switch {
		case seen.renewed == 0:
			return false, nil
		case seen.renewed != before.renewed:
			return true, ErrRunning
		}
	}
	return true, nil
}

// own takes the database over: from here on, nobody who had it before can write.
func (d *Database) own(ctx context.Context, l *lock) error {
	var epoch int64
	err := d.db.QueryRow(ctx, `UPDATE owner SET epoch = epoch + 1, holder = $1, renewed = `+now(d.db.Dialect)+` RETURNING epoch`, self()).Scan(&epoch)
	if err != nil {
		return fmt.Errorf("take the database over: %w", err)
	}
	d.gate.epoch.Store(epoch)
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.owner = &owner{d: d, lock: l, stop: stop}
	broke := func(p *worker.Panic) {
		d.log.Error().Err(p).Msg("Something broke when the database was to be kept ours")
	}
	keep := func(ctx context.Context) { d.owner.keep(ctx, epoch) }
	d.owner.wait.Go(func() { worker.Keep(keeping, keep, broke) }, broke)
	return nil
}

// keep renews the lease, and notices if it was lost.
func (o *owner) keep(ctx context.Context, epoch int64) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := o.renew(ctx, epoch); errors.Is(err, ErrNotOwner) {
			o.d.gate.lose()
			return
		} else if err != nil && ctx.Err() == nil {
			o.d.log.Warn().Err(err).Msg("The database does not answer")
		}
		// Who got the lock in the meantime sees the row renewed, and leaves it again.
		if err := o.lock.hold(ctx); err != nil && ctx.Err() == nil {
			o.d.log.Warn().Err(err).Msg("The lock on the database is lost; trying to get it again")
		}
	}
}

// renew writes where somebody may have to read it; else it only looks.
func (o *owner) renew(ctx context.Context, epoch int64) error {
	if !o.lock.sure {
		return o.d.note(ctx, now(o.d.db.Dialect), epoch)
	}
	var found int64
	if err := o.d.db.QueryRow(ctx, `SELECT epoch FROM owner`).Scan(&found); err != nil {
		return err
	}
	if found != epoch {
		return ErrNotOwner
	}
	return nil
}

// note sets when the owner's row was renewed. It locks the row at once, as who reads it
// first and writes it then would stop somebody who takes it over, and be stopped by them.
func (d *Database) note(ctx context.Context, renewed string, epoch int64) error {
	ctx = context.WithValue(ctx, unasked{}, true)
	err := changed(d.db.Exec(ctx, `UPDATE owner SET renewed = `+renewed+` WHERE epoch = $1`, epoch))
	if errors.Is(err, ErrNotOpen) {
		return ErrNotOwner
	}
	return err
}

// release lets the next one begin at once, and says that all ended well.
func (o *owner) release(clean bool) error {
	o.stop()
	o.wait.Wait()
	if clean {
		ctx, cancel := context.WithTimeout(context.Background(), callLimit)
		defer cancel()
		// If it cannot be written, the next start finds us gone by itself.
		_ = o.d.note(ctx, "0", o.d.gate.epoch.Load())
	}
	return o.lock.release()
}

// Lost is closed when another process has taken the database over. Nothing can be
// written any more then, and who works on the database has to stop.
func (d *Database) Lost() <-chan struct{} { return d.gate.lost }

// self names this process: a machine (as far as its processes see each other), a
// process, and a name for people to read.
func self() string {
	host, _ := os.Hostname()
	return strings.Join([]string{machine(), strconv.Itoa(os.Getpid()), host}, " ")
}

// machine tells apart running systems, and on Linux the worlds of containers.
func machine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	world, err2 := os.Readlink("/proc/self/ns/pid")
	if err != nil || err2 != nil {
		return "-"
	}
	return strings.TrimSpace(string(boot)) + "/" + world
}

// gone reports whether a process is certain to have ended: one of this machine whose
// number nobody has, or we ourselves have.
func gone(holder string) bool {
	where, rest, _ := strings.Cut(holder, " ")
	number, _, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(number)
	if err != nil || pid <= 0 || where == "-" || where != machine() {
		return false
	}
	return pid == os.Getpid() || ended(pid)
}
