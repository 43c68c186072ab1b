package community

import (
	"context"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
)

// run is one command that is being carried out.
type run struct {
	command id.EventID
	resumed bool                // after a crash: some of it may be done
	step    func(done, all int) // hears how far it is
	by      id.UserID           // whose it is
}

// executor carries out the plan of one command, in a goroutine of its own. What each
// family of commands changes is a part for itself.
type executor struct {
	run
	actions     *actions
	rules       *ruleWrites
	rooms       *roomChanges
	spaces      *spaces
	lists       *listChanges
	protections *protectionChanges
	cases       caseDesk
	notes       notes
	roles       roleDesk
	byHand      byHandDesk
	modes       *modeChanges
	encryption  *encryptionChanges
	samples     *samples
	images      *imageChanges
}

var _ commands.Executor = executor{}

// Do carries out an action and waits for it, with a few tries.
func (e executor) Do(ctx context.Context, a action.Action, sure bool) (action.Result, error) {
	return e.rules.do(ctx, e.run, a, sure)
}

// Want journals actions, with evidence of what they are about, and puts them to work.
func (e executor) Want(ctx context.Context, actions []action.Action, exhibits []any) error {
	return e.actions.want(ctx, e.run, actions, exhibits)
}

// Step tells how far it is.
func (e executor) Step(done, all int) { e.step(done, all) }

// Change makes a change that a command asks for. To make it again changes nothing.
func (e executor) Change(ctx context.Context, c commands.Change) error {
	switch c.Kind {
	case commands.Protect, commands.Unprotect, commands.Enter, commands.LeaveAgain, commands.LockRoom, commands.UnlockRoom, commands.RelockRoom:
		return e.rooms.change(ctx, e.run, c)
	case commands.FollowSpace:
		return e.spaces.change(ctx, e.run, c)
	case commands.Watch, commands.Unwatch, commands.SetHow, commands.Exempt, commands.Ignore, commands.SpareFrom, commands.CountAgain, commands.Release, commands.DefaultList:
		return e.lists.change(ctx, e.run, c)
	case commands.Enable, commands.Shadow, commands.Disable, commands.Configure, commands.SetRule, commands.DropRule, commands.Notice, commands.SetLadder, commands.SetCalls:
		return e.protections.change(c)
	case commands.SetByHand:
		return e.byHand.change(c)
	case commands.KeepBans:
		return e.rules.keepBans(ctx, e.run, c)
	case commands.Pardon:
		return e.protections.pardon(c.User)
	case commands.Warn:
		return e.protections.warn(ctx, e.run, c)
	case commands.SetDuty:
		return e.roles.duty(c)
	case commands.SetRoles:
		return e.roles.change(c)
	case commands.NoteUser, commands.ForgetNote:
		return e.notes.change(ctx, c)
	case commands.Arrange:
		return e.protections.arrange(c.Value)
	case commands.BanImage, commands.TakeImages, commands.UnbanImage:
		return e.images.change(c)
	case commands.SetPosture, commands.PostureSilence, commands.PostureHours, commands.SetClock:
		return e.protections.posture(c)
	case commands.UpholdCase, commands.HaltCase, commands.OverturnCase, commands.NoteCase, commands.ReasonCase:
		return e.cases.change(ctx, e.run, c)
	case commands.LimitMembers, commands.LimitPercent, commands.LimitWithin:
		return e.modes.limit(ctx, c)
	case commands.ListenIn:
		return e.modes.listen(ctx, e.run, c.Room)
	case commands.SetReason:
		return e.modes.reasons.change(c)
	case commands.DryRunOn, commands.DryRunOff:
		return e.modes.dryRun(ctx, e.run, c.Kind == commands.DryRunOn)
	case commands.Verify, commands.BlockDevice, commands.TrustDevice, commands.Encrypt:
		return e.encryption.change(ctx, e.run, c)
	case commands.MarkSpam, commands.MarkHam, commands.ForgetSample, commands.TakeSamples:
		return e.samples.change(ctx, e.run, c)
	default:
		return refuse("I do not know that change any more. Write the command anew")
	}
}

// remembering is an executor that remembers what it set.
type remembering struct {
	executor
	past *settingPast
}

// Change makes a change, and remembers it if it set something.
func (e remembering) Change(ctx context.Context, c commands.Change) error {
	if c.Kind == commands.CopySettings {
		return e.past.renew(ctx, e.run)
	}
	return e.past.change(ctx, e.by, c, func() error { return e.executor.Change(ctx, c) })
}
