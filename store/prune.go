package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"forseti/action"
)

// Prune forgets what was settled before a time: journal entries, commands, answered
// questions, offences, decided cases and handled reports. It returns how many rows went.
//
// It never forgets what still matters: what is open; what we did and may have to undo (a
// ban of ours that nobody lifted, and all that can be reversed); what is to be undone at a
// set time and was not; and what an open case or an open entry refers to. Notes stay, and
// evidence has a time of its own (see SealedEvidence.Drop). Samples are kept by who learns from
// them; of very many the oldest go.
func (s *Store) Prune(ctx context.Context, before time.Time) (int64, error) {
	var gone int64
	for _, step := range prunes() {
		args := []any{s.community, millis(before)}
		result, err := s.db.Exec(ctx, step.query, append(args, step.args...)...)
		if err != nil {
			return gone, fmt.Errorf("prune %s: %w", step.what, err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return gone, fmt.Errorf("prune %s: %w", step.what, err)
		}
		gone += n
	}
	return gone, nil
}

// lasting are verbs whose effect stays until another verb takes it back, so that their
// entries are needed until then. A second one of the same kind takes its place.
var lasting = [...]struct{ verb, reverse action.Verb }{
	{action.Ban, action.Unban},
	{action.Mute, action.Unmute},
	{action.Suspend, action.Unsuspend},
	{action.Lock, action.Unlock},
	{action.SetJoinRule, action.SetJoinRule},
}

// passing are verbs that have a reverse and whose entries are not needed for it: what they
// left is read from the room or the list.
var passing = [...]action.Verb{
	action.Kick, action.TellOut, action.Uninvite, action.Invite, action.Join, action.Leave,
	action.SetACL, action.SetState, action.WriteRule, action.RemoveRule,
}

type pruning struct {
	what, query string
	args        []any
}

const (
	// free is a journal entry of the community that is settled, old, and referred to by
	// nothing that is open.
	free = ` community = $1 AND state <> 'open' AND settled < $2
		AND (expires = 0 OR state <> 'done' OR EXISTS (
			SELECT 1 FROM journal AS child WHERE child.community = $1 AND child.parent = journal.id AND child.parent <> '' AND child.state = 'done'))
		AND NOT EXISTS (
			SELECT 1 FROM journal AS child WHERE child.community = $1 AND child.parent = journal.id AND child.parent <> '' AND child.state = 'open')`
	// same is another entry about the same user in the same room.
	same = ` other.community = $1 AND other.user_id = journal.user_id AND other.room_id = journal.room_id`
	// caseless is a row of no case, or of one that is decided.
	caseless = ` AND NOT EXISTS (SELECT 1 FROM case_file WHERE community = $1 AND number = case_no AND decided = 0)`
)

func prunes() []pruning {
	steps := []pruning{
		{"failures", `DELETE FROM journal WHERE` + free + ` AND state <> 'done'`, nil},
	}
	var verbs []any
	var places []string
	for _, l := range lasting {
		verbs = append(verbs, string(l.verb), string(l.reverse))
		places = append(places, fmt.Sprintf("$%d, $%d", len(verbs)+1, len(verbs)+2))
	}
	steps = append(steps, pruning{"the journal",
		`DELETE FROM journal WHERE` + free + ` AND state = 'done' AND verb NOT IN (` + strings.Join(places, ", ") + `)`, verbs})
	for _, l := range lasting {
		pair := []any{string(l.verb), string(l.reverse)}
		steps = append(steps, pruning{"what was taken back", `DELETE FROM journal WHERE` + free + ` AND state = 'done' AND verb = $3 AND EXISTS (
			SELECT 1 FROM journal AS other WHERE` + same + ` AND other.verb IN ($3, $4) AND other.state = 'done' AND other.attempts > 0
				AND other.turn > journal.turn)`, pair})
		if l.verb == l.reverse {
			continue
		}
		// Only once nothing is left that it took back, or that would hold again without it.
		steps = append(steps, pruning{"what took it back", `DELETE FROM journal WHERE` + free + ` AND state = 'done' AND verb = $4 AND NOT EXISTS (
			SELECT 1 FROM journal AS other WHERE` + same + ` AND other.verb = $3 AND other.state IN ('open', 'done') AND other.turn < journal.turn)`, pair})
	}
	return append(steps,
		pruning{"commands", `DELETE FROM command WHERE community = $1 AND state = 'done' AND done < $2`, nil},
		pruning{"questions", `DELETE FROM question WHERE community = $1 AND state = 'done' AND answered < $2`, nil},
		pruning{"offences", `DELETE FROM offence WHERE community = $1 AND at < $2` + caseless, nil},
		pruning{"reports", `DELETE FROM report WHERE community = $1 AND handled > 0 AND handled < $2` + caseless, nil},
		pruning{"samples", `DELETE FROM sample WHERE community = $1 AND at < $2
			AND at < (SELECT at FROM sample WHERE community = $1 ORDER BY at DESC LIMIT 1 OFFSET $3)`, []any{mostSamples - 1}},
		// The last one stays, as the next number follows from it.
		pruning{"cases", `DELETE FROM case_file WHERE community = $1 AND decided > 0 AND decided < $2
			AND number < (SELECT MAX(number) FROM case_file WHERE community = $1)`, nil},
	)
}
