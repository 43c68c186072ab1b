package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/config"
	"forseti/matrix"
	"forseti/text"
)

// typePace is the account data that keeps what was found of the homeserver's limits:
// at the homeserver, so that it outlives the database and needs no write to that of a
// running bot.
const typePace = "org.forseti.pace"

// pace is what was found of how fast the homeserver lets the account act.
type pace struct {
	At       int64           `json:"at"` // milliseconds
	Software matrix.Software `json:"software"`
	Limited  bool            `json:"limited"`
	Apart    bool            `json:"apart,omitempty"` // only for joins and the like: bans and messages are not limited
	Taken    int             `json:"taken"`           // requests in a row that were taken
	Wait     int64           `json:"wait_ms"`         // between two, when those are used up
	Told     bool            `json:"told"`            // the homeserver itself says so, and nothing was tried
}

// readsTell reports whether questions that change nothing are enough to find out.
func readsTell(s matrix.Software) bool { return s.Is(matrix.Dendrite) }

// tryPace finds out whether the homeserver limits the account's rate. Without a room to
// send events to it may not find out; found is then false.
func tryPace(ctx context.Context, session *matrix.Session, room id.RoomID) (p pace, found bool, err error) {
	p = pace{Software: session.Software(ctx)}
	defer func() { p.At = time.Now().UnixMilli() }()
	if p.Software.Is(matrix.Synapse) {
		exempt, known := session.RateExempt(ctx)
		if p.Told, p.Limited = known, known && !exempt; known && exempt {
			return p, true, nil
		}
	} else {
		tried, err := session.PaceOfReads(ctx)
		if err != nil {
			return p, false, err
		}
		p.took(tried)
		// It does not limit what is said and changed in rooms.
		p.Apart = tried.Limited && p.Software.Is(matrix.Dendrite)
		if p.Limited || readsTell(p.Software) {
			return p, true, nil
		}
	}
	if room == "" {
		return p, p.Told, nil
	}
	tried, err := session.PaceOfEvents(ctx, room)
	if err != nil {
		return p, p.Told, err
	}
	p.Told = false
	p.took(tried)
	return p, true, nil
}

func (p *pace) took(tried matrix.Pace) {
	p.Limited, p.Taken, p.Wait = tried.Limited, tried.Taken, tried.Wait.Milliseconds()
	// What is measured on a busy machine is not exact. Hardly anybody sets another limit
	// that is close to Synapse's own.
	const stock, near = 5000, 1000
	if p.Software.Is(matrix.Synapse) && p.Wait > stock-near && p.Wait < stock+near {
		p.Wait = stock
	}
}

// keepPace notes it for a later check.
func keepPace(ctx context.Context, session *matrix.Session, p pace) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = session.Act(ctx, action.Action{Verb: action.SetAccountData, Data: &action.AccountData{Type: typePace, Content: raw}})
	return err
}

// findPace finds the limits out at the first start, if neither init nor check has: before
// the wave in which a refusal would tell. A dry run sends nothing to find out.
func findPace(ctx context.Context, session *matrix.Session, c config.Config, room id.RoomID, log zerolog.Logger) {
	if _, before := keptPace(ctx, session); before || c.Enforcement.DryRun {
		return
	}
	tried, found, err := tryPace(ctx, session, room)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		log.Warn().Str("why", brief(err)).Msg("Whether the homeserver limits how fast the account may act is not known; forseti check --limits tries it")
		return
	case !found:
		return
	case tried.hinders():
		log.Warn().Msg("Limits: " + tried.String() + ". " + tried.cost() + "; forseti check shows how its admin lifts the limit")
	}
	if err := keepPace(ctx, session, tried); err != nil {
		log.Warn().Err(err).Msg("What was found of the homeserver's limits is not kept")
	}
}

// keptPace is what was found before.
func keptPace(ctx context.Context, session *matrix.Session) (p pace, found bool) {
	raw, err := session.AccountData(ctx, typePace)
	if err != nil || raw == nil || json.Unmarshal(raw, &p) != nil || p.At <= 0 {
		return pace{}, false
	}
	return p, true
}

// String says what was seen.
func (p pace) String() string {
	server := softwareName(p.Software)
	switch {
	case p.Told && p.Limited:
		return fmt.Sprintf("%s says that it does not exempt the account from its rate limits", server)
	case p.Told:
		return fmt.Sprintf("%s says that it exempts the account from its rate limits", server)
	case p.Apart:
		return fmt.Sprintf("%s limits how fast the account may join rooms, leave them and invite, and asks for pauses of %s; bans and messages are not limited", server, p.wait())
	case p.Limited && p.Wait > 0:
		return fmt.Sprintf("%s limits how fast the account may act: once a few quick requests are used up, to one every %s", server, p.wait())
	case p.Limited:
		return fmt.Sprintf("%s limits how fast the account may act: it took %s and refused the next", server, text.Count(p.Taken, "quick request"))
	default:
		return fmt.Sprintf("%s took %s in a row: no rate limit was met", server, text.Count(p.Taken, "quick request"))
	}
}

func (p pace) wait() time.Duration {
	return (time.Duration(p.Wait) * time.Millisecond).Round(100 * time.Millisecond)
}

// cost is why a limit matters.
func (p pace) cost() string {
	const bans = 91 // 30 accounts in three rooms, and one
	took := bans * time.Duration(p.Wait) * time.Millisecond
	if p.Wait == 0 {
		return limitsCost
	}
	return fmt.Sprintf("In a wave of spam, %d bans then take %s, and answers wait too", bans, text.About(took))
}

// hinders reports whether a limit is worth an admin's work: a wave takes long.
func (p pace) hinders() bool { return p.Limited && !p.Apart && (p.Wait == 0 || p.Wait > 500) }

func softwareName(s matrix.Software) string {
	if s.Name == "" {
		return "the homeserver"
	}
	return "the homeserver (" + oneLine(strings.TrimSpace(s.Name+" "+s.Version), 60) + ")"
}

// limitsCost is why it matters.
const limitsCost = "In a wave of spam, bans and answers then wait for minutes"

// exemption says how to lift the limits of a homeserver, in lines to copy.
func exemption(s matrix.Software, address string, user id.UserID) []string {
	switch {
	case s.Is(matrix.Synapse):
		at := fmt.Sprintf("%s/_synapse/admin/v1/users/%s/override_ratelimit", address, url.PathEscape(string(user)))
		return []string{
			"An admin of the homeserver lifts it with this command (ADMIN_TOKEN is the access token of an admin):",
			"    curl -X POST -H 'Authorization: Bearer ADMIN_TOKEN' -d '{\"messages_per_second\": 0, \"burst_count\": 0}' " + shellWord(at),
			"or, where the admin API cannot be reached, in Synapse's database, and then starts it again:",
			fmt.Sprintf("    INSERT INTO ratelimit_override (user_id, messages_per_second, burst_count) VALUES (%s, 0, 0);", sqlWord(string(user))),
		}
	case s.Is(matrix.Dendrite):
		name, _ := json.Marshal(user) // a string always marshals
		return []string{
			"An admin of the homeserver lifts it by this in dendrite.yaml, and then starts Dendrite again:",
			"    client_api:",
			"      rate_limiting:",
			"        exempt_user_ids:",
			"          - " + string(name),
		}
	default:
		return []string{fmt.Sprintf("Ask an admin of the homeserver to exempt %s from its rate limits, or those of the web server in front of it.", user)}
	}
}

// shellWord is text as one word of a shell.
func shellWord(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// sqlWord is text as a string of SQL.
func sqlWord(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// expects reports whether a homeserver of this kind limits who is not exempt, unless
// its admin changed that.
func expects(s matrix.Software) bool { return s.Is(matrix.Synapse) || s.Is(matrix.Dendrite) }
