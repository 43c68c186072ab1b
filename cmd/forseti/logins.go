package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/text"
)

// mostLogins is how many are listed.
const mostLogins = 20

// otherLogins are the account's logins but ours, each in words.
func otherLogins(devices []matrix.Device, ours id.DeviceID) (lines []string, n int) {
	for _, d := range devices {
		if d.ID == ours {
			continue
		}
		if n++; n <= mostLogins {
			lines = append(lines, describeLogin(d))
		}
	}
	if n > mostLogins {
		lines = append(lines, fmt.Sprintf("and %d more", n-mostLogins))
	}
	return lines, n
}

func describeLogin(d matrix.Device) string {
	seen := "not seen lately"
	if !d.Seen.IsZero() {
		seen = "last seen " + d.Seen.Format(time.DateTime)
	}
	return fmt.Sprintf("%s (%s), %s", oneLine(string(d.ID), 60), cmp.Or(oneLine(d.Name, 60), "without a name"), seen)
}

// loginName is what the bot calls its login.
const loginName = "Forseti"

// oldLogins offers to log out the login that a new one took the place of, and others
// that were the bot's by their name, and lists what else there is. None of it is worth
// a failure: the bot is restored.
func (r *restoring) oldLogins(ctx context.Context) {
	devices, err := r.session.Devices(ctx)
	if err != nil {
		fmt.Fprintf(r.s.out, "The account's other logins cannot be listed: %s.\n", plain(err))
		return
	}
	var rest []matrix.Device
	for _, d := range devices {
		switch {
		case d.ID == r.session.Device():
		case d.Name == loginName, r.replaced != nil && d.ID == r.replaced.Device():
			r.offerLogOut(ctx, d)
		default:
			rest = append(rest, d)
		}
	}
	if lines, n := otherLogins(rest, r.session.Device()); n > 0 {
		fmt.Fprintf(r.s.out, "The account has %s that the bot does not need. What is nobody's, log out in a client:\n", text.Count(n, "other login"))
		for _, line := range lines {
			fmt.Fprintf(r.s.out, "    %s\n", line)
		}
	}
}

func (r *restoring) offerLogOut(ctx context.Context, d matrix.Device) {
	fmt.Fprintf(r.s.out, "An earlier login of the bot is still good, and whoever has it can do what the bot can: %s.\n", describeLogin(d))
	if !r.logOut {
		yes, err := r.ask.yes(ctx, "Log it out", true, "log-out-old")
		if err != nil || !yes {
			fmt.Fprintf(r.s.out, "It stays. forseti restore --log-out-old logs it out, or a client does.\n")
			return
		}
	}
	err := error(nil)
	if r.replaced != nil && d.ID == r.replaced.Device() {
		err = r.replaced.LogOut(ctx)
	} else {
		err = r.session.LogOutDevice(ctx, d.ID, cmp.Or(r.password, r.bot.config.Homeserver.Password, config.FromEnvironment("homeserver.password", r.s.getenv)))
	}
	if err != nil {
		fmt.Fprintf(r.s.out, "It could not be logged out: %s. Do it in a client.\n", plain(err))
		return
	}
	fmt.Fprintln(r.s.out, "It is logged out.")
}
