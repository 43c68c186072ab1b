package community

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/community/account"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/matrix/e2ee"
	"forseti/store"
)

// colleagueNamespace keeps which devices moderators had when we last looked, by moderator.
const colleagueNamespace = "colleague_devices"

// The bounds of looking at the devices of moderators.
const (
	mostColleagues  = 100              // of whom all are looked at
	colleaguesPause = 10 * time.Second // between two looks
)

// colleagues tells of moderators' new devices and identities, where that decides whom we obey: in
// an encrypted management room. Each device is told of once.
type colleagues struct {
	secrets    Secrets // nil without encryption
	loop       *loop.Loop
	log        zerolog.Logger
	commits    *commits.Writer
	speaker    *speaker
	management *management
	live       func() bool
	refuses    bool // we obey nobody whose device is not vouched for

	known   account.Team
	looking bool
}

func (cs *colleagues) load(ctx context.Context, settings *store.Settings) error {
	all, err := settings.All(ctx, colleagueNamespace)
	for user, raw := range all {
		var seen account.Seen
		if json.Unmarshal(raw, &seen) == nil { // else it is as if we had never looked
			cs.known[id.UserID(user)] = seen
		}
	}
	return err
}

// follow looks whenever the homeserver says that something about a moderator's devices changed.
func (cs *colleagues) follow() {
	if cs.secrets == nil {
		return
	}
	cs.loop.Later("follow the devices of moderators", func(ctx context.Context) {
		for {
			select {
			case <-cs.secrets.TeamNews():
				cs.loop.Post(cs.look)
			case <-ctx.Done():
				return
			}
			select {
			case <-time.After(colleaguesPause):
			case <-ctx.Done():
				return
			}
		}
	}, nil)
}

// look asks which devices moderators have. It is done with every full look too.
func (cs *colleagues) look() {
	if cs.secrets == nil || cs.looking || !cs.live() || !cs.management.room.Encrypted() || cs.speaker.mute() {
		return
	}
	for _, u := range cs.known.Forget(cs.management.here) {
		cs.commits.Setting(colleagueNamespace, string(u), nil)
	}
	var team []id.UserID
	for _, one := range cs.management.team() {
		team = append(team, one.User)
	}
	slices.Sort(team)
	team = team[:min(len(team), mostColleagues)]
	cs.looking = true
	cs.loop.Later("look at the devices of moderators", func(ctx context.Context) {
		found := map[id.UserID][]e2ee.Device{}
		for _, u := range team {
			devices, err := cs.secrets.Devices(ctx, u)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				cs.log.Warn().Err(err).Stringer("user", u).Msg("Devices of a moderator not read")
			case len(devices) > 0: // of none the homeserver rather does not say
				found[u] = devices
			}
		}
		cs.loop.Post(func() { cs.take(found) })
	}, func(error) { cs.loop.Post(func() { cs.looking = false }) })
}

// take tells what is news of moderators' devices.
func (cs *colleagues) take(found map[id.UserID][]e2ee.Device) {
	cs.looking = false
	for _, u := range slices.Sorted(maps.Keys(found)) {
		if !cs.management.here(u) {
			continue
		}
		var all []account.Session
		for _, d := range found[u] {
			all = append(all, account.Session{
				ID: d.ID, Name: d.Name, Replaced: d.Standing == e2ee.StandsNewIdentity,
				Trusted: d.Standing == e2ee.StandsVerified || d.Standing == e2ee.StandsCrossSigned,
			})
		}
		said, changed := cs.known.Sessions(u, all, cs.refuses)
		if changed {
			cs.commits.Setting(colleagueNamespace, string(u), cs.known[u])
		}
		if said != "" {
			cs.speaker.say(said, "", nil)
		}
	}
}
