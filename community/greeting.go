package community

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/store"
	"forseti/text"
)

// greetedNamespace holds who was greeted, and who has yet to be: that is stored at once, and outlasts a restart.
const (
	greetedNamespace = "moderator_told"
	waitsForIt       = "waits"
)

// The bounds of what is told to new moderators.
const (
	mostRemembered = 1000            // who are remembered: nobody is told after them
	greetingDelay  = 2 * time.Second // so that who come together are told together
	// Between two messages there is a pause, which doubles while they go on.
	firstGreetingPause, longestGreetingPause = 15 * time.Second, 10 * time.Minute
)

// greetingPace is how soon the next are told. Who comes some minutes after another is told at once, and of those who come one
// after another ever more together.
type greetingPace struct {
	last  time.Time
	pause time.Duration
}

// next is when somebody is told who has come now.
func (p greetingPace) next(now time.Time) time.Time {
	at := now.Add(greetingDelay)
	if free := p.last.Add(p.pause); free.After(at) {
		return free
	}
	return at
}

// told notes that some are told.
func (p *greetingPace) told(now time.Time) {
	if now.Sub(p.last) > longestGreetingPause {
		p.pause = firstGreetingPause
	} else {
		p.pause = min(2*p.pause, longestGreetingPause)
	}
	p.last = now
}

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
	pace    greetingPace
}

func (g *greeting) load(ctx context.Context, settings *store.Settings) error {
	return eachSetting(ctx, settings, greetedNamespace, func(user, is string) {
		if is == waitsForIt {
			g.wait(id.UserID(user))
			return
		}
		g.told[id.UserID(user)] = true
	})
}

// joined notes somebody who came into the management room.
func (g *greeting) joined(u id.UserID) {
	if g.told[u] || len(g.told) >= mostRemembered || slices.Contains(g.waiting, u) || len(g.told)+len(g.waiting) >= mostRemembered {
		return
	}
	g.commits.Setting(greetedNamespace, string(u), waitsForIt)
	g.wait(u)
}

func (g *greeting) wait(u id.UserID) {
	g.waiting = append(g.waiting, u)
	if g.at.IsZero() {
		g.at = g.pace.next(time.Now())
	}
}

// tellDue tells those who wait, and are still here.
func (g *greeting) tellDue(now time.Time) {
	if g.at.IsZero() || now.Before(g.at) {
		return
	}
	var here []id.UserID
	for _, u := range g.waiting {
		if g.roles.management.here(u) {
			here, g.told[u] = append(here, u), true
		} else {
			g.commits.Setting(greetedNamespace, string(u), nil)
		}
	}
	g.waiting, g.at = nil, time.Time{}
	if len(here) == 0 {
		return
	}
	g.pace.told(now)
	slices.Sort(here)
	// Under a name by whom it is for it is one message, also if nobody knows after a crash whether it was sent.
	said := action.Message{Markdown: text.Paragraphs(g.roles.set.Greeting(g.roles.team(), here, g.encrypts), text.Fold("What watches over the rooms", commands.WatchWords(g.watch())))}
	g.speaker.speakAs("greeting-"+greeted(here), said, func(id.EventID) {
		for _, u := range here {
			g.commits.Setting(greetedNamespace, string(u), "told")
		}
	})
}

// greeted tells those apart who are greeted together.
func greeted(users []id.UserID) string {
	sum := sha256.New()
	for _, u := range users {
		fmt.Fprintf(sum, "%q", u)
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12])
}

// due is when somebody is to be told; zero for never.
func (g *greeting) due() time.Time { return g.at }
