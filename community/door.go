package community

import (
	"context"
	"errors"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/loop"
	"forseti/enforce"
	"forseti/store"
	"forseti/worker"
)

// door is where everything passes that changes something at the homeserver.
type door struct {
	loop    *loop.Loop
	home    enforce.Actor
	journal enforce.Journal
}

// lastWords is how long what is being said when we are told to end may take: what a notice
// tells, nobody knows after a restart. All else is in the journal.
const lastWords = 3 * time.Second

// try lets a worker try a job. The owner hears how it ended.
func (d *door) try(job enforce.Job, then func(enforce.Attempt)) {
	d.tryAfter(func(context.Context) {}, job, then)
}

// tryAfter is try after something else.
func (d *door) tryAfter(first func(context.Context), job enforce.Job, then func(enforce.Attempt)) {
	d.loop.Later("try something at the homeserver", func(ctx context.Context) {
		if job.Action.Verb.Speech() && ctx.Err() == nil {
			spoken, end := outlasting(ctx, lastWords)
			defer end()
			ctx = spoken
		}
		first(ctx)
		t := enforce.Execute(ctx, d.journal, d.home, job)
		if p, broke := errors.AsType[*worker.Panic](t.Err()); broke {
			d.loop.Broke("try something at the homeserver", p)
		}
		d.loop.Post(func() { then(t) })
	}, nil)
}

// outlasting is a context that ends a while after another.
func outlasting(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(by, end) })
	return longer, end
}

// journal is the store as enforce writes to it.
type journal struct {
	*store.Journal
	settings *store.Settings
}

func journalOf(s *store.Store) journal { return journal{s.Journal, s.Settings} }

var _ enforce.Journal = journal{}

// Managed stores which deny entries of a room's ACL are ours.
func (j journal) Managed(ctx context.Context, room id.RoomID, entries []string) error {
	return j.settings.Set(ctx, aclNamespace, string(room), entries)
}
