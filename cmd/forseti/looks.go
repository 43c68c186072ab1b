package main

import (
	"context"
	"fmt"

	"forseti/action"
	"forseti/draw"
)

// botName is what the bot is called, unless its account has a name of its own.
const botName = "Forseti"

// introduce gives the account a name and a picture, where it has none: what stands beside
// everything that moderators read should not be a grey letter. Nothing else hangs on it.
func (r *newRooms) introduce(ctx context.Context) {
	name, shown, err := r.session.Profile(ctx)
	profile := action.Profile{}
	// Homeservers give a new account the first part of its ID for a name.
	if local := r.session.User().Localpart(); name == "" || name == local {
		profile.Name = botName
	}
	if shown == "" {
		profile.Picture = picture(draw.Scales)
	}
	if err == nil && profile != (action.Profile{}) {
		_, err = r.session.Act(ctx, action.Action{Verb: action.SetProfile, Profile: &profile})
	}
	switch {
	case err != nil:
		fmt.Fprintf(r.out, "The account was not given a name and a picture: %s.\n", brief(err))
	case profile.Name != "":
		fmt.Fprintf(r.out, "The account is shown as %s.\n", botName)
	}
}

// picture is a sign as a file.
func picture(s draw.Sign) *action.File {
	return &action.File{Data: s.PNG(), Type: "image/png", Name: "picture.png"}
}
