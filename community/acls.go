package community

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
)

// aclNamespace holds, per room, which deny entries are ours.
const aclNamespace = "acl"

// aclsDue is when the gathered rooms should be looked at. A command under way may
// be about to add to the burst, and is waited for.
func (q *queue) due() time.Time {
	due := q.acls.due()
	if q.later() {
		return time.Time{}
	}
	if latest := q.acls.latest(); !due.IsZero() && q.acting() {
		return latest
	}
	return due
}

// releaseACLs queues the ACLs whose burst is over.
func (q *queue) releaseACLs(now time.Time) {
	if due := q.due(); due.IsZero() || now.Before(due) {
		q.planACLs(now)
		return
	}
	u := enforce.Soon
	if q.acls.asked {
		u = enforce.Now
	}
	for room := range q.acls.rooms {
		q.acls.ready = append(q.acls.ready, releasedACL{room, u})
	}
	q.acls.over(now)
	q.leftOut = true
}

// releasedACL is a room whose ACL is to be planned.
type releasedACL struct {
	room    id.RoomID
	urgency enforce.Urgency
}

// aclStretch is how long ACLs are planned before the owner looks at its inbox again.
// One that is full takes several milliseconds.
const aclStretch = 5 * time.Millisecond

// longestPreparing is how long rules may change all the time before the deny list that
// rooms share is made in one go.
const longestPreparing = 2 * time.Second

// prepared goes on with the deny list that rooms share, and reports whether it is made.
func (q *queue) prepared(began time.Time) bool {
	if q.preparing.IsZero() {
		q.preparing = began
	}
	for began.Sub(q.preparing) < longestPreparing && q.world.ACLs.Prepare(preparedPart) {
		if time.Since(began) >= aclStretch {
			return false
		}
	}
	q.preparing = time.Time{}
	return true
}

// planACLs plans the ACLs of rooms, a few at a time, so that the first leaves before
// the last is planned.
func (q *queue) planACLs(now time.Time) {
	began := time.Now()
	if len(q.acls.ready) > 0 && !q.prepared(began) {
		return
	}
	if q.leftOut {
		q.leftOut = false
		q.learn()
		q.tellLeftOut()
	}
	touched := false
	for len(q.acls.ready) > 0 && time.Since(began) < aclStretch {
		room, u := q.acls.ready[0].room, q.acls.ready[0].urgency
		q.acls.ready = q.acls.ready[1:]
		key := enforce.Key{Lane: action.ACLLane, Room: room}
		p := q.world.Plan(key, now)
		switch {
		case p.Problem != "":
			q.speaker.problem(report.Key{Kind: report.ACL, Room: room}, report.ProblemText(q.names.Room(room), p.Problem))
		default:
			q.speaker.report.Problems.Solved(report.Key{Kind: report.ACL, Room: room})
		}
		if p.Action.Verb == "" {
			q.rememberManaged(room, p)
			continue
		}
		q.runner.Touch([]enforce.Key{key}, u)
		touched = true
	}
	if touched {
		q.runner.Plan(plannedPart, now)
	}
}

// tellLeftOut tells of server rules that are in no ACL. They may come from a list of
// somebody else. Those that match no server at all are for a look at the status only.
func (q *queue) tellLeftOut() {
	left := q.world.ACLs.LeftOut()
	for _, why := range []acl.Reason{acl.ShutsOut, acl.Contained, acl.Exempted, acl.HasPort, acl.NotServer} {
		key := report.Key{Kind: report.ShutOut, Subject: string(why)}
		switch words := enforce.LeftOutWords(why, left[why]); {
		case len(left[why]) == 0:
			q.speaker.report.Problems.Solved(key)
		case why == acl.HasPort || why == acl.NotServer:
			q.speaker.report.Problems.Note(key, words)
		default:
			q.speaker.problem(key, words)
		}
	}
	full, which := report.Key{Kind: report.ACL, Subject: "full"}, report.Key{Kind: report.ACL, Subject: "no room"}
	if said, shown := enforce.FullWords(q.world.ACLs.Beyond()); said != "" {
		q.speaker.problem(full, said)
		q.speaker.report.Problems.Note(which, shown)
		return
	}
	q.speaker.report.Problems.Solved(full)
	q.speaker.report.Problems.Solved(which)
}

// rememberManaged keeps which entries are ours where the ACL itself is right: a
// rule may have come to cover what was made by hand, or the reverse.
func (q *queue) rememberManaged(room id.RoomID, p enforce.Plan) {
	if p.Problem == "" && q.world.Room(room) != nil && p.Managed != nil && !slices.Equal(p.Managed, q.world.ACLs.Managed(room)) {
		q.world.ACLs.SetManaged(room, p.Managed)
		q.commits.Setting(aclNamespace, string(room), p.Managed)
	}
}

// learn stores which servers hashed rules were found to stand for, so that they
// stay shut out when their last member has gone.
func (q *queue) learn() {
	for hash, server := range q.world.ACLs.Unlearned() {
		q.world.ACLs.Learn(hash, server)
		q.loop.Later("store which server a hashed rule stands for", func(ctx context.Context) {
			if err := q.hashes.Learn(ctx, hash, server); err != nil && ctx.Err() == nil {
				q.log.Err(err).Msg("Server of a hashed rule not stored")
			}
		}, nil)
	}
}

// aclsWanted counts the ACLs that are gathered and would change something. It is called by
// those who can wait, and has the owner plan a few of them at a time.
func (q *queue) aclsWanted(see func(func())) (wanted int) {
	var left []id.RoomID
	see(func() { left = q.acls.waiting() })
	for goesOn := true; goesOn && len(left) > 0; {
		goesOn = false // unless the owner is there
		see(func() {
			goesOn = true
			began := time.Now()
			for q.world.ACLs.Prepare(preparedPart) {
				if time.Since(began) >= aclStretch {
					return
				}
			}
			for ; len(left) > 0 && time.Since(began) < aclStretch; left = left[1:] {
				if q.world.Plan(enforce.Key{Lane: action.ACLLane, Room: left[0]}, began).Wanted() {
					wanted++
				}
			}
		})
	}
	return wanted
}
