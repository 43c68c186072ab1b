package main

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/store"
)

// limits tells whether the homeserver slows the account down, before the wave in which
// that would be found out. It goes by what the homeserver says of itself, what was
// tried, and what the running bot has met.
func (k *checkup) limits(ctx context.Context, c config.Config, db *store.Database, try bool) {
	known := limits{met: k.seen(ctx, db, c.ManagementRoom, "rate_limit"), lifted: k.seen(ctx, db, c.ManagementRoom, "rate_lifted")}
	var err error
	if known.tried, known.found, err = k.pace(ctx, c, try); err != nil {
		k.note("the homeserver's rate limits cannot be tried now: %s", plain(err))
		return
	}
	switch verdict, words := known.say(time.Now()); verdict {
	case limited:
		k.step("have the account exempted from rate limits", "%s", words)
		k.more(exemption(known.tried.Software, k.session.Address(), k.session.User()))
	case unlimited:
		k.good("%s", words)
	case bearable:
		k.note("%s. To lift that too (then look again with forseti check --limits):", words)
		k.more(exemption(known.tried.Software, k.session.Address(), k.session.User()))
	default:
		k.note("%s", words)
	}
}

// limits is what is known of whether the account is limited.
type limits struct {
	tried       pace
	found       bool      // that was enough to find out
	met, lifted time.Time // what the running bot saw
}

// verdict is what that comes to.
type verdict int

const (
	unknown verdict = iota
	unlimited
	bearable // limited, but not in what is urgent
	limited  // or likely to be
)

// freshness is how long what was tried counts as known: an admin may have lifted a limit,
// or the homeserver been set up anew.
const freshness = 24 * time.Hour

// say weighs what is known, and puts it in words. Of a limit they say how to look again:
// once it is lifted, nobody else tells us.
func (l limits) say(now time.Time) (verdict, string) {
	found, words := l.weigh(now)
	const lookAgain = ". Once that is done, look again with forseti check --limits"
	switch {
	case found == limited && l.found && l.tried.hinders():
		words += ". " + l.tried.cost() + lookAgain
	case found == limited:
		words += ". " + limitsCost + lookAgain
	}
	return found, words
}

func (l limits) weigh(now time.Time) (verdict, string) {
	server, at := softwareName(l.tried.Software), time.UnixMilli(l.tried.At)
	old := l.found && now.Sub(at) >= freshness
	const again = "forseti check --limits tries it"
	switch {
	case !l.lifted.IsZero() && l.lifted.After(l.met) && l.found && l.lifted.After(at):
		return unlimited, fmt.Sprintf("%s limited the bot's rate, and does not any more since %s", server, l.lifted.Format(time.DateTime))
	case !l.met.IsZero() && (!l.found || !l.tried.Limited && l.met.After(at)):
		return limited, fmt.Sprintf("%s limited the bot's rate on %s", server, l.met.Format(time.DateTime))
	case l.found && old && l.tried.hinders():
		return limited, fmt.Sprintf("%s limited how fast the account may act when that was tried on %s, and whether it still does is not known: %s", server, at.Format(time.DateTime), again)
	case l.found && old && !l.tried.Limited:
		return unlimited, fmt.Sprintf("%s, when that was tried on %s (%s anew)", l.tried, at.Format(time.DateTime), again)
	case l.found && l.tried.hinders():
		return limited, l.tried.String()
	case l.found && l.tried.Limited:
		return bearable, l.tried.String()
	case l.found:
		return unlimited, l.tried.String()
	case expects(l.tried.Software):
		return limited, fmt.Sprintf("%s limits accounts that it does not exempt, and whether this one is exempt is not known: %s", server, again)
	default:
		return unknown, fmt.Sprintf("whether %s limits the account's rate is not known: %s", server, again)
	}
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
