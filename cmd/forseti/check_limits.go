package main

import (
	"context"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/store"
)

// limits tells whether the homeserver slows the account down, before the wave in which
// that would be found out. It goes by what the homeserver says of itself, what was
// tried, and what the running bot has met.
func (k *checkup) limits(ctx context.Context, c config.Config, db *store.Database, try bool) {
	met := k.seen(ctx, db, c.ManagementRoom, "rate_limit")
	lifted := k.seen(ctx, db, c.ManagementRoom, "rate_lifted")
	tried, found, err := k.pace(ctx, c, try)
	switch {
	case err == nil && found && lifted.After(met) && lifted.UnixMilli() > tried.At:
		k.good("%s limited the bot's rate, and does not any more since %s", softwareName(tried.Software), lifted.Format(time.DateTime))
	case err != nil:
		k.note("the homeserver's rate limits cannot be tried now: %s", plain(err))
	case !found && !met.IsZero(), found && !tried.Limited && met.UnixMilli() > tried.At:
		k.slowed(tried.Software, "%s limited the bot's rate on %s. %s", softwareName(tried.Software), met.Format(time.DateTime), limitsCost)
	case !found && expects(tried.Software):
		k.slowed(tried.Software, "%s limits accounts that it does not exempt, and whether this one is exempt is not known: forseti check --limits tries it. %s", softwareName(tried.Software), limitsCost)
	case !found:
		k.note("whether %s limits the account's rate is not known: forseti check --limits tries it", softwareName(tried.Software))
	case tried.hinders():
		k.slowed(tried.Software, "%s. %s", tried, tried.cost())
	case tried.Limited:
		k.note("%s. To lift that too:", tried)
		k.more(exemption(tried.Software, k.session.Address(), k.session.User()))
	default:
		k.good("%s", tried)
	}
}

func (k *checkup) slowed(software matrix.Software, format string, args ...any) {
	k.step("have the account exempted from rate limits", format, args...)
	k.more(exemption(software, k.session.Address(), k.session.User()))
}

// pace tries the limits, in so far as that disturbs nobody or was asked for, or else
// says what was found before.
func (k *checkup) pace(ctx context.Context, c config.Config, try bool) (pace, bool, error) {
	if try {
		tried, found, err := tryPace(ctx, k.session, c.ManagementRoom)
		if found {
			if err := keepPace(ctx, k.session, tried); err != nil {
				k.note("what was tried is not kept: %s", plain(err))
			}
		}
		return tried, found, err
	}
	tried, found, err := tryPace(ctx, k.session, "")
	if err != nil || found {
		return tried, found, err
	}
	kept, before := keptPace(ctx, k.session)
	kept.Software = tried.Software
	return kept, before, nil
}

// seen is when the running bot last saw something of the homeserver's limits.
func (k *checkup) seen(ctx context.Context, db *store.Database, room id.RoomID, what string) time.Time {
	var seen struct {
		At int64 `json:"at"`
	}
	if db == nil || db.Behind() {
		return time.Time{} // what is in there cannot be read before
	}
	home, err := db.Community(ctx, room)
	var found bool
	if err == nil {
		found, err = home.Settings.Read(ctx, "seen", what, &seen)
	}
	if err != nil {
		k.mend("the database: %v", err)
	}
	if err != nil || !found {
		return time.Time{}
	}
	return time.UnixMilli(seen.At)
}

// privacy tells of what others can read.
func (k *checkup) privacy(c config.Config, path string) {
	for _, what := range loose(c, path) {
		k.note("%s", what)
	}
	if what := inTheClear(k.session, c); what != "" {
		k.note("%s", what)
	}
}
