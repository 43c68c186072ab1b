package main

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix"
)

// inviteCommand lets another moderator in, also when nobody is there who could.
func inviteCommand(ctx context.Context, args []string, s streams) error {
	f := flags("invite USER", s)
	path := configFlag(f, s)
	if err := parseWith(f, args, 1); err != nil {
		return err
	}
	c, err := load(path, f, s)
	if err != nil {
		return err
	}
	session, room, done, err := logInBeside(ctx, c, *path)
	if err != nil {
		return err
	}
	defer done()
	user, err := moderator(ctx, session, f.Arg(0))
	if err != nil && !errors.Is(err, errUnknown) {
		return misuse{err}
	}
	if err != nil {
		fmt.Fprintf(s.err, "Careful: %s.\n", err)
	}
	if _, err := session.Act(ctx, action.Action{Verb: action.Invite, Room: room, User: user}); err != nil {
		return fmt.Errorf("%s was not invited to the management room %s: %w", user, room, err)
	}
	may := "Whoever joins there commands the bot."
	if c.Commands.Roles {
		may = "What they may do there goes by their power level, unless nobody is there who may administer."
	}
	fmt.Fprintf(s.out, "Invited %s to the management room %s. %s\n", user, room, may)
	if room != c.ManagementRoom {
		fmt.Fprintf(s.err, "It took the place of %s, which the configuration still names: set management_room: %q.\n", c.ManagementRoom, room)
	}
	return nil
}

// errUnknown is within the error of moderator if the user may well not exist.
var errUnknown = errors.New("is unknown")

// moderator makes a user ID of what is written for somebody to invite. If nobody of
// that name is known its error says so, and the ID is good all the same.
func moderator(ctx context.Context, session *matrix.Session, written string) (id.UserID, error) {
	full, err := fullID(written, func() string { return session.User().Homeserver() })
	if err != nil {
		return "", err
	}
	user := id.UserID(full)
	if user == session.User() {
		return "", fmt.Errorf("%s is the bot itself. Name the account of a person, such as your own", user)
	}
	switch known, err := session.Known(ctx, user); {
	case err == nil && !known:
		return user, unknownUser{fmt.Sprintf("nobody is called %s, says %s", user, user.Homeserver())}
	case err != nil && action.FailureOf(err).Kind == action.Transient && user.Homeserver() != session.User().Homeserver():
		return user, unknownUser{fmt.Sprintf("%s does not answer, so whether there is %s cannot be told", user.Homeserver(), user)}
	}
	return user, nil
}

type unknownUser struct{ text string }

func (u unknownUser) Error() string { return u.text }
func (u unknownUser) Unwrap() error { return errUnknown }
