package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Progress is how far a journal entry has come.
type Progress string

// An entry is open until it is settled, once and for all.
const (
	EntryOpen    Progress = "open"    // wanted; it may or may not have happened
	EntryDone    Progress = "done"    // happened
	EntryFailed  Progress = "failed"  // refused; will not be tried again
	EntryDropped Progress = "dropped" // not wanted any more, or left undone by a dry run
)

// progress is where an entry stands after an attempt.
func progress(o action.Outcome) Progress {
	switch {
	case o.Dropped:
		return EntryDropped
	case o.Done && o.Failure != "":
		return EntryFailed
	case o.Done:
		return EntryDone
	default:
		return EntryOpen
	}
}

// Entry is an action with its fate.
type Entry struct {
	Action   action.Action
	State    Progress
	Event    id.EventID      // what it sent, where it sent something
	Was      json.RawMessage // what stood there before; nil if nothing is known of it
	Attempts int
	Failure  string    // of the latest attempt
	Created  time.Time // to the millisecond
	Settled  time.Time // zero while open
}

// Ban is a ban of ours, as far as we know: others may have lifted it since.
type Ban struct {
	Room  id.RoomID
	User  id.UserID
	Event id.EventID // "" if not known
	Cause action.Cause
	Made  time.Time // when it was first wanted
	// Unsettled is set if this ban, or our later unban, was begun and not settled:
	// only the room can tell whether it happened.
	Unsettled bool
}

// ErrNotOpen is returned for what does not exist or is settled already.
var ErrNotOpen = errors.New("not open")

// SettledError is the ErrNotOpen of an action that was settled before. Who carries
// out a plan again goes on to the next step.
type SettledError struct{ Entry Entry }

func (e *SettledError) Error() string {
	return fmt.Sprintf("journal entry %s is settled: %s", e.Entry.Action.ID, e.Entry.State)
}

// Settled says what had become of it. What happened after a try that failed has not failed:
// its answer may have been lost, and the room showed it.
func (e *SettledError) Settled() action.Outcome {
	o := action.Outcome{
		Event: e.Entry.Event, Was: e.Entry.Was, Failure: e.Entry.Failure,
		Done: e.Entry.State != EntryDropped, Dropped: e.Entry.State == EntryDropped,
	}
	if e.Entry.State == EntryDone {
		o.Failure = ""
	}
	return o
}

// Is makes it an ErrNotOpen.
func (e *SettledError) Is(target error) bool { return target == ErrNotOpen }

// Journal is what we did, and are about to do: the truth about what is ours.
type Journal struct {
	view
	begins *group[action.Action]
}

func newJournal(v view) *Journal {
	j := &Journal{view: v}
	j.begins = &group[action.Action]{write: j.beginAll}
	return j
}

// Begin notes that an action is about to be tried, and must return before the
// request is sent. It gives the action an ID unless it has one; beginning an open
// one again counts as another attempt. A settled one is refused with [*SettledError].
func (j *Journal) Begin(ctx context.Context, a action.Action) (action.Action, error) {
	var err error
	if j.joined(ctx) {
		err = j.begin(ctx, &a)
	} else {
		err = j.begins.do(ctx, &a)
	}
	return a, err
}

func (j *Journal) begin(ctx context.Context, a *action.Action) error {
	turn, err := j.turns(ctx, 1)
	if err != nil {
		return err
	}
	return j.put(ctx, a, turn, 1)
}

// beginAll notes several in one transaction. One that is settled already keeps the
// others from nothing; if the database is in trouble, each is tried alone.
func (j *Journal) beginAll(ctx context.Context, all []*action.Action) []error {
	errs := make([]error, len(all))
	err := j.write(ctx, func(ctx context.Context) error {
		for i, a := range all {
			if errs[i] = j.begin(ctx, a); errs[i] != nil && !errors.Is(errs[i], ErrNotOpen) {
				return errs[i]
			}
		}
		return nil
	})
	switch {
	case err == nil:
	case len(all) == 1:
		errs[0] = err
	default:
		for i, a := range all {
			errs[i] = j.beginAll(ctx, []*action.Action{a})[0]
		}
	}
	return errs
}

func (j *Journal) put(ctx context.Context, a *action.Action, turn int64, attempts int) error {
	if a.ID == "" {
		a.ID = rand.Text()
	}
	text, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("journal %s: %w", a.Verb, err)
	}
	var expires int64
	if !a.Expires.IsZero() {
		expires = millis(a.Expires)
	}
	// The turn moves with each attempt: a ban retried after an unban comes after it.
	err = changed(j.db.Exec(ctx, `
		INSERT INTO journal (community, id, turn, verb, room_id, user_id, action, asked_by, parent, expires, state, result_event, was, attempts, error, created, settled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $11, $12, $11, $13, 0)
		ON CONFLICT (community, id) DO UPDATE SET turn = excluded.turn, attempts = journal.attempts + excluded.attempts
		WHERE journal.state = 'open'`,
		j.community, a.ID, turn, string(a.Verb), []byte(a.Room), []byte(a.User), text, []byte(cmp.Or(a.For, a.Cause.Event)), a.Parent, expires,
		[]byte{}, attempts, millis(time.Now())))
	if errors.Is(err, ErrNotOpen) {
		return j.settled(ctx, a.ID)
	}
	if err != nil {
		return fmt.Errorf("journal %s: %w", a.Verb, err)
	}
	return nil
}

// settled returns the SettledError of an entry.
func (j *Journal) settled(ctx context.Context, entry string) error {
	found, err := j.Entries(ctx, entry)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("journal entry %s: %w", entry, ErrNotOpen)
	}
	return &SettledError{found[0]}
}

// Settle notes what became of an action that was begun. If the power fails at once, it
// is open again, and the next start looks at what happened. Only an open entry can be
// settled; else it returns [ErrNotOpen].
func (j *Journal) Settle(ctx context.Context, entry string, o action.Outcome) error {
	// Also if we are told to end: what is known to have happened is not to be found out
	// again by the next start, or done again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callLimit)
	defer cancel()
	ctx = context.WithValue(ctx, unsynced{}, true)
	state, settled := progress(o), int64(0)
	if state != EntryOpen {
		settled = millis(time.Now())
	}
	// The event may be known already, from an echo that overtook the answer.
	var event any
	if o.Event != "" {
		event = []byte(o.Event)
	}
	err := j.write(ctx, func(ctx context.Context) error {
		var turn int64
		if state == EntryDone {
			var err error
			if turn, err = j.turns(ctx, 1); err != nil {
				return err
			}
		}
		// What another action did, which was asked for as well, was done now.
		return changed(j.db.Exec(ctx, `UPDATE journal SET state = $3, error = $4, settled = $5, was = $6,
				result_event = COALESCE($7, result_event),
				turn = CASE WHEN attempts = 0 AND $8 > 0 THEN $8 ELSE turn END,
				attempts = CASE WHEN attempts = 0 AND $8 > 0 THEN 1 ELSE attempts END
			WHERE community = $1 AND id = $2 AND state = 'open'`,
			j.community, entry, string(state), []byte(o.Failure), settled, notNil(o.Was), event, turn))
	})
	if err != nil {
		return fmt.Errorf("settle journal entry %s: %w", entry, err)
	}
	return nil
}

// Open lists the entries that are not settled, oldest first, to be taken up
// after a restart. Their IDs make a send that went through before harmless.
func (j *Journal) Open(ctx context.Context) ([]Entry, error) {
	return j.entries(ctx, "read open entries", `state = 'open' ORDER BY turn`)
}

const entryColumns = `action, state, result_event, was, attempts, error, created, settled`

func readEntry(scan scanner) (e Entry, err error) {
	var text, was []byte
	var created, settled int64
	if err := scan(&text, &e.State, &e.Event, &was, &e.Attempts, &e.Failure, &created, &settled); err != nil {
		return e, err
	}
	if len(was) > 0 {
		e.Was = was
	}
	e.Created, e.Settled = moment(created), moment(settled)
	err = json.Unmarshal(text, &e.Action)
	return e, err
}

// History lists what we did or tried to do to a user, latest first.
func (j *Journal) History(ctx context.Context, user id.UserID, limit int) ([]Entry, error) {
	return j.entries(ctx, "read history of "+string(user), `user_id = $2 ORDER BY turn DESC LIMIT $3`, []byte(user), limit)
}

// Latest lists what we did or tried to do since a time, but for what we said, the latest first and
// that many at most; in a room, if one is given.
func (j *Journal) Latest(ctx context.Context, since time.Time, room id.RoomID, most int) ([]Entry, error) {
	where, args := `created >= $2 AND verb <> $3 `, []any{millis(since), string(action.Say)}
	if room != "" {
		where, args = where+`AND room_id = $4 ORDER BY turn DESC LIMIT $5`, append(args, []byte(room), most)
	} else {
		where, args = where+`ORDER BY turn DESC LIMIT $4`, append(args, most)
	}
	return j.entries(ctx, "read the latest history", where, args...)
}

// Entries finds journal entries by their IDs, in order. Unknown ones are left out.
func (j *Journal) Entries(ctx context.Context, entries ...string) ([]Entry, error) {
	var all []Entry
	for chunk := range slices.Chunk(entries, entryChunk) {
		args, places := make([]any, len(chunk)), make([]string, len(chunk))
		for i, entry := range chunk {
			args[i], places[i] = entry, fmt.Sprintf("$%d", i+2)
		}
		found, err := j.entries(ctx, "read journal entries", `id IN (`+strings.Join(places, ",")+`) ORDER BY turn`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Wrote finds the entries by which rules were written, by the events that the rules are.
func (j *Journal) Wrote(ctx context.Context, rules ...id.EventID) ([]Entry, error) {
	var all []Entry
	for chunk := range slices.Chunk(rules, entryChunk) {
		args, places := []any{string(action.WriteRule)}, make([]string, len(chunk))
		for i, rule := range chunk {
			args, places[i] = append(args, []byte(rule)), fmt.Sprintf("$%d", i+3)
		}
		found, err := j.entries(ctx, "read who had rules written", `verb = $2 AND result_event IN (`+strings.Join(places, ",")+`) ORDER BY turn`, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// entryChunk is how many IDs go into one statement.
const entryChunk = 500

// SetOffBy finds the journal entries that an event set off, a command or an offending
// message, in order. Entries from before version 4 of the database are not found.
func (j *Journal) SetOffBy(ctx context.Context, event id.EventID) ([]Entry, error) {
	return j.entries(ctx, "read what "+string(event)+" set off", `asked_by = $2 AND length(asked_by) > 0 ORDER BY turn`, []byte(event))
}

// DoneSince finds what was done, as far as it was settled since a time, in order.
func (j *Journal) DoneSince(ctx context.Context, at time.Time) ([]Entry, error) {
	return j.entries(ctx, "read what was done", `state = 'done' AND settled >= $2 ORDER BY turn`, millis(at))
}

// Told finds what users were told since a time, in order, or are to be told.
func (j *Journal) Told(ctx context.Context, since time.Time) ([]Entry, error) {
	return j.entries(ctx, "read what users were told", `verb IN ($2, $3, $4) AND created >= $5 AND state <> 'dropped' ORDER BY turn`,
		string(action.Notify), string(action.NotifyHere), string(action.TellOut), millis(since))
}

// Expired finds what was done, is due to be undone by a time, and has no entry yet that
// does so, the earliest first.
func (j *Journal) Expired(ctx context.Context, by time.Time) ([]Entry, error) {
	return j.entries(ctx, "read what has expired", `expires > 0 AND expires <= $2 AND state = 'done' AND NOT EXISTS (
			SELECT 1 FROM journal AS child WHERE child.community = $1 AND child.parent = journal.id AND child.parent <> '' AND child.state IN ('open', 'done'))
		ORDER BY expires, turn`, millis(by))
}

// NextExpiry is when the next thing is due to be undone after a time; false if nothing is.
func (j *Journal) NextExpiry(ctx context.Context, after time.Time) (time.Time, bool, error) {
	at, err := count(ctx, j.db, `SELECT COALESCE(MIN(expires), 0) FROM journal
		WHERE community = $1 AND expires > 0 AND expires > $2 AND state IN ('open', 'done')`, j.community, millis(after))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read what will expire: %w", err)
	}
	return moment(at), at != 0, nil
}

// over notes that something is not to be undone any more.
func (j *Journal) over(ctx context.Context, l Located) error {
	if _, err := j.db.Exec(ctx, `UPDATE journal SET expires = 0 WHERE community = $1 AND id = $2`, j.community, l.Entry); err != nil {
		return fmt.Errorf("note that journal entry %s does not expire: %w", l.Entry, err)
	}
	return nil
}

// ends has something that ends by itself end earlier.
func (j *Journal) ends(ctx context.Context, l Located) error {
	if _, err := j.db.Exec(ctx, `UPDATE journal SET expires = $3 WHERE community = $1 AND id = $2 AND expires > $3`, j.community, l.Entry, millis(l.Ends)); err != nil {
		return fmt.Errorf("note that journal entry %s ends earlier: %w", l.Entry, err)
	}
	return nil
}

func (j *Journal) entries(ctx context.Context, doing, where string, args ...any) ([]Entry, error) {
	found, err := list(ctx, j.db, readEntry, `SELECT `+entryColumns+` FROM journal WHERE community = $1 AND `+where,
		append([]any{j.community}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return found, nil
}
