package community

import (
	"context"
	"errors"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/store"
)

// notes are what moderators write down about users.
type notes struct {
	log   zerolog.Logger
	store *store.Notes
}

// on lists the notes about a user, the first one first.
func (ns notes) on(ctx context.Context, u id.UserID) (all []commands.MemberNote, err error) {
	stored, err := ns.store.On(ctx, u)
	for _, n := range stored {
		all = append(all, commands.MemberNote{ID: n.ID, CaseNote: commands.CaseNote{By: n.Author, At: n.At, Text: n.Body}})
	}
	return all, ns.unwell(err)
}

// change writes a note, or removes one. To do so again changes nothing.
func (ns notes) change(ctx context.Context, c commands.Change) error {
	if c.Kind == commands.NoteUser {
		_, err := ns.store.Add(ctx, store.Note{ID: c.Name, User: c.User, Author: id.UserID(c.Key), Body: c.Value})
		return ns.unwell(err)
	}
	if err := ns.store.Drop(ctx, c.Name); !errors.Is(err, store.ErrNotOpen) {
		return ns.unwell(err)
	}
	return nil
}

func (ns notes) unwell(err error) error {
	if err == nil {
		return nil
	}
	ns.log.Err(err).Msg("Notes were not read or written")
	return refuse("My database cannot be used just now. My log says more")
}
