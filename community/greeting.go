package community

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/store"
	"forseti/text"
)

// greetedNamespace holds who was greeted.
const greetedNamespace = "moderator_told"

// The bounds of what is told to new moderators.
const (
	mostRemembered = 1000             // who are remembered: nobody is told after them
	mostGreeted    = 10               // at once
	greetingPause  = 10 * time.Minute // between two messages
	greetingDelay  = 2 * time.Second  // so that who come together are told together
)

// greeting tells those who come into the management room what they may do there, how to verify, and
// what watches over the rooms: each once, ever, and those who come together in one message. It
// calls nobody.
type greeting struct {
	commits *commits.Writer
	speaker *speaker
	roles   *ranks
	watch   func() []commands.ProtectionInfo
	// encrypts says that one can verify with us.
	encrypts bool

	told    map[id.UserID]bool
	waiting []id.UserID
	at      time.Time // when those who wait are told
	last    time.Time
}

func (g *greeting) load(ctx context.Context, settings *store.Settings) error {
	return eachSetting(ctx, settings, greetedNamespace, func(user, _ string) { g.told[id.UserID(user)] = true })
}

// joined notes somebody who came into the management room.
func (g *greeting) joined(u id.UserID) {
	if g.told[u] || len(g.told) >= mostRemembered || slices.Contains(g.waiting, u) || len(g.waiting) >= mostGreeted {
		return
	}
	g.waiting = append(g.waiting, u)
	if g.at.IsZero() {
		g.at = time.Now().Add(greetingDelay)
		if next := g.last.Add(greetingPause); next.After(g.at) {
			g.at = next
		}
	}
}

// tellDue tells those who wait, and are still here.
func (g *greeting) tellDue(now time.Time) {
	if g.at.IsZero() || now.Before(g.at) {
		return
	}
	here := slices.DeleteFunc(g.waiting, func(u id.UserID) bool { return !g.roles.management.here(u) })
	g.waiting, g.at = nil, time.Time{}
	if len(here) == 0 {
		return
	}
	g.last = now
	for _, u := range here {
		g.told[u] = true
		g.commits.Setting(greetedNamespace, string(u), "told")
	}
	g.speaker.say(text.Paragraphs(g.roles.set.Greeting(g.roles.team(), here, g.encrypts), text.Fold("What watches over the rooms", commands.WatchWords(g.watch()))), "", nil)
}

// due is when somebody is to be told; zero for never.
func (g *greeting) due() time.Time { return g.at }
