package main

import (
	"cmp"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/matrix"
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
