package community

import (
	"context"
	"maps"
	"slices"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/store"
)

const reasonsKey = "reasons" // in modeNamespace

// reasons are those that commands have if none is named.
type reasons struct {
	loop    *loop.Loop
	commits *commits.Writer
	of      map[string]string
}

var _ commands.ReasonDesk = (*reasons)(nil)

// load takes up what moderators set.
func (r *reasons) load(ctx context.Context, settings *store.Settings) error {
	stored := map[string]string{}
	if _, err := settings.Read(ctx, modeNamespace, reasonsKey, &stored); err != nil {
		return err
	}
	r.use(stored)
	return nil
}

// use takes up reasons of commands that have any.
func (r *reasons) use(all map[string]string) {
	r.of = map[string]string{}
	for _, name := range commands.ReasonKeys() {
		if all[name] != "" {
			r.of[name] = all[name]
		}
	}
}

// set stores all of them.
func (r *reasons) set(all map[string]string) {
	r.use(all)
	r.commits.Setting(modeNamespace, reasonsKey, r.of)
}

// Reasons is part of commands.ReasonDesk.
func (r *reasons) Reasons() (all map[string]string) {
	r.loop.See(func() { all = maps.Clone(r.of) })
	return all
}

func (r *reasons) change(c commands.Change) error {
	if !slices.Contains(commands.ReasonKeys(), c.Name) {
		return refuse("I do not know that change any more. Write the command anew")
	}
	r.loop.See(func() {
		all := maps.Clone(r.of)
		all[c.Name] = c.Value
		r.set(all)
	})
	return nil
}
