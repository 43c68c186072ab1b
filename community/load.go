package community

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/policy"
	"forseti/store"
)

// load brings everything to where the last stored batch left it, save for rooms that come
// later (see loading), and returns the token to go on from. It runs before the owner does.
func (c *Community) load(ctx context.Context) (since string, err error) {
	if since, err = c.opts.Store.NextBatch(ctx); err != nil {
		return "", err
	}
	now := time.Now()
	// First who must be spared, then whom rules and protections are about.
	for _, step := range []func(context.Context, time.Time) error{
		c.loadSettings, func(ctx context.Context, _ time.Time) error {
			return c.hearing.load(ctx, c.opts.Store.Settings, since == "")
		}, c.loadRoles, c.loadRooms, c.protectors.loadOffences, c.loadCommands, c.loadJournal,
	} {
		if err := step(ctx, now); err != nil {
			return "", fmt.Errorf("load: %w", err)
		}
	}
	// Then what waits for moderators.
	weigh, err := c.orders.questions.topics.load(ctx)
	if err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	c.progress.loading.whenOver(weigh)
	if err := c.places.following.weighFormer(ctx, now); err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	take, err := c.orders.questions.load(ctx)
	if err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	c.progress.loading.whenOver(take)
	tell, err := c.protectors.follows.owed(ctx, c.opts.Store)
	if err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	c.progress.loading.whenOver(tell)
	resend, err := c.orders.questions.alerts.resend(ctx, c.opts.Store.Settings)
	if err != nil {
		return "", fmt.Errorf("load: %w", err)
	}
	c.progress.loading.whenOver(resend)
	c.progress.loading.whenOver(func(now time.Time) {
		for room := range c.places.protecting.rooms {
			c.protectors.looked(room)
		}
		c.queue.enqueue(c.world.Again(), now)
		c.configured.past.kept()
		if c.progress.live { // else the first batch does
			c.surveying.lookAtUnread()
			c.surveying.readMarked()
		}
		if c.opts.Ready != nil {
			c.loop.Later("tell that the start is over", func(context.Context) { c.opts.Ready() }, nil)
		}
	})
	return since, nil
}

func (c *Community) loadSettings(ctx context.Context, now time.Time) error {
	dry := c.opts.DryRun
	if _, err := c.opts.Store.Settings.Read(ctx, modeNamespace, "dry_run", &dry); err != nil {
		return err
	}
	c.setDryRun(dry)
	if err := errors.Join(c.places.following.weigher.loadLimits(ctx), c.orders.roles.load(ctx, c.opts.Store.Settings), c.places.management.duty.load(ctx, c.opts.Store.Settings), c.speaker.throttle.load(ctx), c.loadAccount(ctx), c.configured.past.load(ctx, c.opts.Store.Settings), c.configured.reasons.load(ctx, c.opts.Store.Settings)); err != nil {
		return err
	}
	hashes, err := c.opts.Store.Hashes.All(ctx)
	if err != nil {
		return err
	}
	for hash, server := range hashes {
		c.world.ACLs.Learn(hash, server)
	}
	stored, err := c.opts.Store.Settings.All(ctx, protectionNamespace)
	if err != nil {
		return err
	}
	err = eachSetting(ctx, c.opts.Store.Settings, problemNamespace, c.speaker.loadProblem)
	if err != nil {
		return err
	}
	err = eachSetting(ctx, c.opts.Store.Settings, threadNamespace, func(command, root string) { c.speaker.threads.note(id.EventID(command), id.EventID(root)) })
	if err != nil {
		return err
	}
	if err := eachSetting(ctx, c.opts.Store.Settings, misreadNamespace, func(command, kept string) { c.speaker.misread.load(id.EventID(command), kept) }); err != nil {
		return err
	}
	open, err := c.opts.Store.Settings.All(ctx, choiceNamespace)
	if err != nil {
		return err
	}
	for evt, raw := range open {
		c.speaker.choices.load(evt, raw)
	}
	offers, err := c.opts.Store.Settings.All(ctx, signNamespace)
	if err != nil {
		return err
	}
	for message, raw := range offers {
		c.speaker.signs.load(message, raw)
	}
	if err := eachSetting(ctx, c.opts.Store.Settings, botNamespace, c.places.management.bots.load); err != nil {
		return err
	}
	own, err := c.opts.Store.Settings.All(ctx, ruleNamespace)
	if err != nil {
		return err
	}
	c.protectors.stand.rules.load(own)
	pictures, err := c.opts.Store.Settings.All(ctx, imageNamespace)
	if err != nil {
		return err
	}
	c.hearing.pictures.load(pictures)
	c.protectors.stand.load(stored)
	if err := c.protectors.posture.clock.load(ctx, c.opts.Store.Settings); err != nil {
		return err
	}
	if err := c.protectors.posture.load(ctx, c.opts.Store.Settings, now); err != nil {
		return err
	}
	return errors.Join(c.protectors.loadTrust(ctx, c.opts.Store.Trust, now), c.protectors.loadSamples(ctx, c.opts.Store.Samples))
}

// eachSetting reads the settings of a namespace that hold a string.
func eachSetting(ctx context.Context, settings *store.Settings, namespace string, f func(key, value string)) error {
	stored, err := settings.All(ctx, namespace)
	if err != nil {
		return err
	}
	for key, raw := range stored {
		var value string
		if json.Unmarshal(raw, &value) == nil {
			f(key, value)
		}
	}
	return nil
}

func (c *Community) loadRoles(ctx context.Context, _ time.Time) error {
	err := eachSetting(ctx, c.opts.Store.Settings, aliasNamespace, func(alias, room string) { c.places.following.aliases.rooms[id.RoomAlias(alias)] = id.RoomID(room) })
	if err != nil {
		return err
	}
	for evt, err := range c.storedState(ctx, accountData) {
		if err != nil {
			return err
		}
		evt.StateKey = nil
		c.configured.apply(evt)
	}
	err = eachSetting(ctx, c.opts.Store.Settings, leavingLists, func(list, word string) {
		room := id.RoomID(list)
		c.places.following.leaving[room] = word
		if c.places.following.lists[room] == nil {
			c.places.following.lists[room] = newList(room, nil)
			c.places.following.precedence = append(c.places.following.precedence, room)
			c.world.SetUnread(room, true)
			c.world.Rules.SetOrder(c.places.following.precedence)
		}
	})
	c.commits.Take(store.Commit{}) // it is stored already
	return err
}

// storedState reads the stored state of a room. Rows that are no events are left
// out; the next full look brings them again.
func (c *Community) storedState(ctx context.Context, room id.RoomID) func(func(*event.Event, error) bool) {
	return func(yield func(*event.Event, error) bool) {
		for row, err := range c.opts.Store.State.Of(ctx, room) {
			if err != nil {
				yield(nil, err)
				return
			}
			if evt, ok := storedState(row); ok && !yield(evt, nil) {
				return
			}
		}
	}
}

func (c *Community) loadRooms(ctx context.Context, now time.Time) error {
	held := map[id.RoomID]string{}
	err := eachSetting(ctx, c.opts.Store.Settings, heldRooms, func(room, word string) { held[id.RoomID(room)] = word })
	if err != nil {
		return err
	}
	err = eachSetting(ctx, c.opts.Store.Settings, exemptNamespace, func(room, word string) {
		if l := c.places.following.lists[id.RoomID(room)]; l != nil {
			l.decided = true
			c.world.SetExempting(l.ID(), word == "yes")
			enforce.SetOwn(c.world, l.ID(), word == ownList)
		}
	})
	if err != nil {
		return err
	}
	unread := map[id.RoomID]string{}
	err = eachSetting(ctx, c.opts.Store.Settings, unreadRooms, func(room, word string) { unread[id.RoomID(room)] = word })
	if err != nil {
		return err
	}
	rooms, err := c.opts.Store.State.Rooms(ctx)
	if err != nil {
		return err
	}
	later := c.places.following.allDecided(func(list id.RoomID) bool { return unread[list] != neverRead })
	// First who the moderators are: whether a list is our own hangs on it.
	if i := slices.Index(rooms, c.opts.ManagementRoom); i > 0 {
		rooms = slices.Insert(slices.Delete(rooms, i, i+1), 0, c.opts.ManagementRoom)
	}
	for _, room := range rooms {
		r, ours := c.places.roles(room)
		if !ours && c.protectors.posture.lingered(room, now) {
			c.places.protecting.linger(room)
			r, ours = c.places.roles(room)
		}
		if !ours {
			if room != accountData { // we stopped while it was being given up
				c.commits.Forget(room)
			}
			continue
		}
		if r.list != nil {
			r.list.former = !r.list.decided
		}
		word, as := held[room], r
		if word == unseen {
			as.protected = nil // what is stored is of what else it is
		}
		if unread[room] != neverRead { // else it is only what sync brought of it
			c.places.following.marks.load(room, unread[room])
			if later && as.protected != nil && !as.management && as.list == nil {
				c.progress.loading.add(room, word)
				continue
			}
			if err := c.intake.load(ctx, c.opts.Store.State, room, as, now); err != nil {
				return err
			}
		}
		if r.protected != nil {
			c.intake.settle(room, r.protected, word, now)
		}
	}
	for room := range unread {
		if !c.places.any(room) {
			c.commits.Setting(unreadRooms, string(room), nil)
		}
	}
	for room, word := range c.places.following.marks.rooms {
		if unread[room] == "" {
			c.commits.Setting(unreadRooms, string(room), word)
		}
	}
	if err := c.places.following.weigher.loadHeld(ctx, func(list id.RoomID) bool { return c.places.following.lists[list] != nil }); err != nil {
		return err
	}
	managed, err := c.opts.Store.Settings.All(ctx, aclNamespace)
	if err != nil {
		return err
	}
	for room, raw := range managed {
		var entries []string
		if json.Unmarshal(raw, &entries) == nil {
			c.world.ACLs.SetManaged(id.RoomID(room), entries)
		}
	}
	return nil
}

// loadJournal takes up which bans are ours, and what was left half done.
func (c *Community) loadJournal(ctx context.Context, now time.Time) error {
	planned, err := c.opts.Store.Commands.Open(ctx)
	if err != nil {
		return err
	}
	for _, order := range planned {
		var r recorded
		if json.Unmarshal(order.Plan, &r) == nil {
			c.progress.resuming[r.Command] = true
		}
	}
	bans, err := c.opts.Store.Journal.Bans(ctx)
	if err != nil {
		return err
	}
	for _, b := range bans {
		c.progress.loading.whenThere(b.Room, func(time.Time) {
			if c.intake.takeBan(b) {
				c.resume(b.Room, b.User, b.Cause, b.Made)
			}
		})
	}
	open, err := c.opts.Store.Journal.Open(ctx)
	if err != nil {
		return err
	}
	for _, e := range open {
		e.Action.Verb = current(e.Action)
		switch a := e.Action; a.Verb.Row().Lane {
		case action.ACLLane:
			c.progress.loading.whenOver(func(now time.Time) { c.takeUp(ctx, e, now) })
		case action.MemberLane, action.LevelLane, action.MessageLane, action.WordLane: // whom it is about, or is told, is known then
			c.progress.loading.whenThere(a.Room, func(now time.Time) { c.takeUp(ctx, e, now) })
		case action.StateLane:
			if a.Cause.Kind == action.ByProtection {
				c.progress.loading.whenThere(a.Room, func(now time.Time) { c.takeUp(ctx, e, now) })
				continue
			}
			fallthrough
		default:
			c.takeUp(ctx, e, now)
		}
	}
	return nil
}

// resume has the protection that caught a user go on with what is left to remove.
func (c *Community) resume(room id.RoomID, user id.UserID, cause action.Cause, at time.Time) {
	c.protectors.resume(action.Action{Verb: action.Ban, Room: room, User: user, Cause: cause}, at)
}

// takeUp goes on with an action that was journalled and not settled. What follows
// from state is planned anew; a step of a command is for the command to go on with.
func (c *Community) takeUp(ctx context.Context, e store.Entry, now time.Time) {
	a := e.Action
	lane := a.Verb.Row().Lane
	if lane == action.WordLane && (e.Attempts == 0 || a.Cause.Kind == action.ByModerator || a.Verb.Row().Idempotent) {
		// And not what protections tried in a direct chat: who was told already might be told again, in another one.
		// What a moderator has said is to be said; in the same chat it is the same message.
		lane = action.MessageLane
	}
	switch lane {
	case action.MemberLane, action.LevelLane, action.ACLLane, action.MessageLane:
		c.protectors.seek(a, now)
		c.protectors.endings.resume(a)
		c.jobs.runner.Resume(a, e.Attempts > 0, now)
	case action.StateLane:
		if a.Cause.Kind == action.ByProtection {
			c.jobs.runner.Resume(a, e.Attempts > 0, now)
			return
		}
		fallthrough
	default:
		if c.progress.resuming[a.Cause.Event] {
			return // a step of a plan, which goes on
		}
		if err := c.opts.Store.Journal.Settle(ctx, a.ID, action.Outcome{Dropped: true}); err != nil {
			c.opts.Log.Warn().Err(err).Msg("Journal entry not settled")
		}
	}
}

func (c *Community) loadCommands(ctx context.Context, now time.Time) error {
	open, err := c.opts.Store.Commands.Open(ctx)
	if err != nil {
		return err
	}
	for _, order := range open {
		if !strings.HasPrefix(order.Body, answerMark) && !(order.Plan == nil && strings.HasPrefix(order.Body, offerMark)) {
			c.speaker.report.Replies.Resumed(order.Event, now)
		}
		if err := tellResumed(ctx, c.speaker.report, c.opts.Store.Journal, order, now); err != nil {
			return err
		}
	}
	c.orders.obey(open)
	clear(c.progress.resuming)
	return nil
}

// current is the verb of an entry that an older version may have journalled, which
// had one verb for all state.
func current(a action.Action) action.Verb {
	switch {
	case a.Verb != action.SetState || a.State == nil:
		return a.Verb
	case a.State.Type.Type == event.StateServerACL.Type:
		return action.SetACL
	case policy.IsRuleType(a.State.Type.Type):
		return action.WriteRule
	default:
		return a.Verb
	}
}
