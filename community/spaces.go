package community

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/rooms"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// spaces are those that are protected with all that is in them. A room that comes into one is
// protected, whoever put it there: that takes power in the space, which is looked at. One that
// goes out of it stays protected until moderators say otherwise.
type spaces struct {
	rounds
	home    spaceReader
	world   *enforce.World
	changes *roomChanges
	speaker *speaker
	names   names
	left    *leftSpaces
	away    *turnedAway

	of      map[id.RoomID]shownRooms
	unread  map[id.RoomID]bool // that are to be read
	reading bool
	came    []time.Time // when rooms were taken in by themselves
}

// spaceReader asks the homeserver what there is.
type spaceReader interface {
	State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
	Space(ctx context.Context, room id.RoomID) ([]matrix.SpaceRoom, error)
	Content(ctx context.Context, room id.RoomID, kind string) (json.RawMessage, error)
	JoinedRooms(ctx context.Context) ([]id.RoomID, error)
	AccountData(ctx context.Context, kind string) (json.RawMessage, error)
}

// shownRooms are the rooms that a space shows, as far as was dealt with.
type shownRooms map[id.RoomID]bool

const (
	// spaceNamespace holds, per space, the rooms that it shows.
	spaceNamespace = "space"
	typeSpaceChild = "m.space.child"
	powerOfSpaces  = rooms.Power("state:" + typeSpaceChild)

	// mostCame is how many rooms are taken in by themselves within a day: whoever rules a
	// space decides where we go.
	mostCame = 20
	// mostLeft is about how many rooms that go out of a space at once moderators are asked.
	mostLeft   = 3
	spaceRetry = 5 * time.Minute
)

func (s *spaces) load(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, spaceNamespace)
	for space, raw := range stored {
		var shown []id.RoomID
		if json.Unmarshal(raw, &shown) == nil {
			s.of[id.RoomID(space)] = setOf(shown)
			s.unread[id.RoomID(space)] = true
		}
	}
	return errors.Join(err, s.left.load(ctx, settings, time.Now()), s.away.load(ctx, settings))
}

func setOf(all []id.RoomID) shownRooms {
	set := shownRooms{}
	for _, room := range all {
		set[room] = true
	}
	return set
}

// heard takes in that something may have changed in a space.
func (s *spaces) heard(in *matrix.RoomBatch, now time.Time) {
	if s.of[in.Room] == nil {
		return
	}
	changes := func(evt *event.Event) bool {
		return evt.Type.Type == typeSpaceChild || evt.Type.Type == event.EventRedaction.Type
	}
	if in.Gap || slices.ContainsFunc(in.State, changes) || slices.ContainsFunc(in.Timeline, changes) {
		s.unread[in.Room] = true
		s.next = now
	}
}

// lookDue reads a space that may have changed.
func (s *spaces) lookDue(now time.Time) {
	due := s.due()
	if s.begun() && !s.dry() {
		s.left.look(now)
	}
	if s.reading || due.IsZero() || now.Before(due) {
		return
	}
	s.next = time.Time{}
	for _, space := range slices.Sorted(maps.Keys(s.unread)) {
		if s.changes.protecting.rooms[space] == nil {
			s.forget(space)
			continue
		}
		s.reading = true
		failed := func(error) { s.reading, s.next = false, time.Now().Add(spaceRetry) }
		s.loop.Later("read a space", func(ctx context.Context) {
			state, err := s.home.State(ctx, space)
			s.loop.Post(func() {
				if err != nil {
					failed(err)
					return
				}
				delete(s.unread, space)
				s.read(space, state)
			})
		}, failed)
		return
	}
	s.tryAgain(now)
}

// tryAgain has another try at a room that could not be protected, if its time has come.
func (s *spaces) tryAgain(now time.Time) {
	room, at := s.away.next()
	of := s.away.of[room]
	switch {
	case room == "":
		return
	case s.changes.protecting.rooms[room] != nil, s.of[of.Space] == nil, !s.of[of.Space][room]:
		s.away.forget(room)
		s.next = now
		return
	case now.Before(at):
		s.next = earlier(s.next, at)
		return
	}
	s.reading = true
	ended := func(err error) {
		if err != nil && s.changes.protecting.rooms[room] == nil {
			s.away.note(room, of.Space, of.Via, time.Now())
		} else {
			s.away.forget(room)
			s.follows(room, nil)
			s.speaker.note(fmt.Sprintf("I could get into %s, of the space %s, by now, so I protect it. %s ends that.", s.names.Room(room), s.names.Room(of.Space), text.Code("!forseti rooms remove "+string(room))))
		}
		s.done()
	}
	s.loop.Later("try again to protect a room of a space", func(ctx context.Context) {
		err := s.changes.protect(ctx, run{}, room, of.Via)
		if ctx.Err() == nil {
			s.loop.Post(func() { ended(err) })
		}
	}, ended)
}

// done goes on with the next space.
func (s *spaces) done() { s.reading, s.next = false, time.Now() }

func (s *spaces) forget(space id.RoomID) {
	delete(s.of, space)
	delete(s.unread, space)
	s.changes.protecting.commits.Setting(spaceNamespace, string(space), nil)
}

func (s *spaces) keep(space id.RoomID) {
	s.changes.protecting.commits.Setting(spaceNamespace, string(space), slices.Sorted(maps.Keys(s.of[space])))
}

// read takes in what a space shows by now.
func (s *spaces) read(space id.RoomID, state []*event.Event) {
	shown := map[id.RoomID]matrix.Child{}
	for _, evt := range state {
		if evt.Type.Type == typeSpaceChild && evt.StateKey != nil {
			if child, ok := matrix.ReadChild(*evt.StateKey, wire.Read(evt.Content.VeryRaw)); ok {
				shown[child.Room] = child
			}
		}
	}
	known := s.of[space]
	if known == nil { // it is followed no more
		s.done()
		return
	}
	var gone, fresh []id.RoomID
	for room := range known {
		if _, still := shown[room]; !still {
			delete(known, room)
			if s.changes.protecting.rooms[room] != nil && !s.shown(room) {
				gone = append(gone, room)
			}
		}
	}
	for room := range shown {
		s.left.forget(room, time.Now())
		switch {
		case known[room]:
		case s.changes.protecting.rooms[room] != nil:
			known[room] = true
		default:
			fresh = append(fresh, room)
		}
	}
	slices.Sort(gone)
	slices.Sort(fresh)
	s.gone(space, gone)
	s.take(space, fresh, shown)
	s.keep(space)
}

// gone has moderators be asked about rooms that went out of a space; of many they are told.
func (s *spaces) gone(space id.RoomID, gone []id.RoomID) {
	for _, room := range gone[:min(len(gone), mostLeft)] {
		s.left.note(room, space, time.Now())
	}
	if len(gone) <= mostLeft {
		return
	}
	shown := make([]string, 0, len(gone))
	for _, room := range gone[mostLeft:] {
		shown = append(shown, s.names.Room(room))
	}
	s.speaker.tell(fmt.Sprintf("%s more went out of the space %s: %s. I go on protecting them; `!forseti rooms remove` ends that.", text.Count(len(shown), "room"), s.names.Room(space), text.Some(shown, mostCame)))
}

// shown tells whether any space that is followed shows a room.
func (s *spaces) shown(room id.RoomID) bool {
	for _, shown := range s.of {
		if shown[room] {
			return true
		}
	}
	return false
}

// take protects what has come into a space, unless anybody may put rooms there, or it is too much.
func (s *spaces) take(space id.RoomID, fresh []id.RoomID, shown map[id.RoomID]matrix.Child) {
	now := time.Now()
	s.came = slices.DeleteFunc(s.came, func(at time.Time) bool { return now.Sub(at) > 24*time.Hour })
	why := ""
	if r := s.world.Room(space); r != nil {
		if _, anybody := r.Holders(powerOfSpaces); anybody {
			why = "everybody may put rooms into it"
		}
	}
	if why == "" && len(s.came)+len(fresh) > mostCame {
		why = fmt.Sprintf("I take in no more than %d within a day by myself", mostCame)
	}
	switch {
	case len(fresh) == 0:
		s.done()
		return
	case why != "":
		for _, room := range fresh {
			s.of[space][room] = true
		}
		s.speaker.tell(fmt.Sprintf("%s came into the space %s, and I do not protect %s yet, for %s. %s takes in what you want.",
			text.Count(len(fresh), "room"), s.names.Room(space), text.Pick(len(fresh), "it", "them"), why, text.Code("!forseti rooms add "+string(space))))
		s.done()
		return
	}
	s.loop.Later("protect rooms of a space", func(ctx context.Context) {
		for _, room := range fresh {
			err := s.changes.protect(ctx, run{}, room, shown[room].Via)
			if ctx.Err() != nil {
				return
			}
			s.loop.See(func() { s.taken(space, room, shown[room].Via, err) })
		}
		s.loop.Post(s.done)
	}, func(error) { s.done() })
}

// taken tells what became of a room that came into a space.
func (s *spaces) taken(space, room id.RoomID, via []string, err error) {
	if s.of[space] == nil {
		return
	}
	s.of[space][room] = true
	s.keep(space)
	s.came = append(s.came, time.Now())
	if err != nil && s.changes.protecting.rooms[room] == nil {
		s.speaker.tell(fmt.Sprintf("%s came into the space %s, and I cannot protect it: %s. I try again later; %s does so at once.", s.names.Room(room), s.names.Room(space), inWords(err), text.Code("!forseti rooms add "+string(room))))
		s.away.note(room, space, via, time.Now())
		s.next = time.Now()
		return
	}
	s.follows(room, nil)
	s.speaker.note(fmt.Sprintf("%s came into the space %s, so I protect it. %s ends that.", s.names.Room(room), s.names.Room(space), text.Code("!forseti rooms remove "+string(room))))
}

// follows follows a room if it is a space.
func (s *spaces) follows(room id.RoomID, shows []id.RoomID) {
	if r := s.world.Room(room); r == nil || r.Kind() != "m.space" || s.of[room] != nil && shows == nil {
		return
	}
	if s.of[room] == nil {
		s.of[room] = shownRooms{}
	}
	maps.Copy(s.of[room], setOf(shows))
	s.unread[room], s.next = true, time.Now()
	s.keep(room)
}

// change protects a space and all that it shows. What cannot be joined keeps nothing else from
// being protected, and is told.
func (s *spaces) change(ctx context.Context, by run, c commands.Change) error {
	var all []commands.SpaceRoom
	if err := json.Unmarshal([]byte(c.Value), &all); err != nil {
		return err
	}
	shows := map[id.RoomID][]id.RoomID{}
	if c.Room != "" {
		if err := s.changes.protect(ctx, by, c.Room, c.Via); err != nil {
			return err
		}
		shows[c.Room] = []id.RoomID{}
	}
	var not []string
	var away []commands.SpaceRoom
	for _, room := range all {
		for _, space := range room.In {
			shows[space] = append(shows[space], room.Room)
		}
		if err := s.changes.protect(ctx, by, room.Room, room.Via); err != nil {
			if ctx.Err() != nil {
				return err
			}
			not = append(not, fmt.Sprintf("%s: %s", text.Room(room.Room, room.Name, s.world.Self().Homeserver()), inWords(err)))
			if len(room.In) > 0 {
				away = append(away, room)
			}
		}
	}
	s.loop.See(func() {
		for _, space := range slices.Sorted(maps.Keys(shows)) {
			s.follows(space, shows[space])
		}
		for _, room := range away {
			s.away.note(room.Room, room.In[0], room.Via, time.Now())
		}
		s.walk(by.command, all, not)
	})
	return nil
}

// walk says room by room what is missing, and what to press.
func (s *spaces) walk(command id.EventID, all []commands.SpaceRoom, not []string) {
	var lacks []string
	for _, room := range all {
		r := s.world.Room(room.Room)
		if r == nil {
			continue
		}
		if missing := r.Lacks(s.world.Self()); len(missing) > 0 {
			lacks = append(lacks, fmt.Sprintf("%s: %s; I have %d", s.names.Room(room.Room), powerWords(missing), r.Level(s.world.Self())))
		}
	}
	var said []string
	if len(not) > 0 {
		said = append(said, "I could not get into these, and try again later:"+lines(not))
	}
	if len(lacks) > 0 {
		said = append(said, "I need power there:"+lines(lacks), fmt.Sprintf("In each, somebody with that power writes %s, or opens the room's settings and gives it to me under roles and permissions. I notice by myself.", text.Code("/op "+string(s.world.Self())+" 100")))
	}
	if len(said) == 0 {
		said = append(said, "All of these rooms are protected, and nothing is missing.")
	}
	s.speaker.say(text.Paragraphs(said...), command, nil)
}

// spaceDesk shows spaces.
type spaceDesk struct{ spaces *spaces }

var _ commands.SpaceDesk = spaceDesk{}

// Space gives the rooms that a space shows.
func (d spaceDesk) Space(ctx context.Context, room id.RoomID) (space commands.Space, is bool) {
	found, err := d.spaces.home.Space(ctx, room)
	if err != nil || len(found) == 0 || found[0].Room != room || !found[0].Space {
		return space, false
	}
	space.Name = found[0].Name
	at := map[id.RoomID]int{}
	for _, r := range found[1:] {
		at[r.Room] = len(space.Rooms)
		space.Rooms = append(space.Rooms, commands.SpaceRoom{Room: r.Room, Name: r.Name, Space: r.Space, Joined: r.Joined, Unseen: r.Unseen})
	}
	for _, in := range found {
		for _, child := range in.Children {
			if i, known := at[child.Room]; known {
				of := &space.Rooms[i]
				of.In = append(of.In, in.Room)
				if of.Via == nil {
					of.Via = child.Via
				}
			}
		}
	}
	d.spaces.loop.See(func() { space.Followed = d.spaces.of[room] != nil })
	return space, true
}

// inWords is an error of a command as the end of a sentence.
func inWords(err error) string { return strings.TrimSuffix(text.Markup(err.Error()), `\.`) }

// Joined gives the rooms that we are in and do not protect. Who is told something by us has a
// direct chat with us, which is none of a community's rooms.
func (d spaceDesk) Joined(ctx context.Context, most int) (all []commands.SpaceRoom, err error) {
	home := d.spaces.home
	joined, err := home.JoinedRooms(ctx)
	if err != nil {
		return nil, err
	}
	chats, err := home.AccountData(ctx, "m.direct")
	if err != nil {
		return nil, err
	}
	direct := map[id.RoomID]bool{}
	for _, rooms := range wire.Fields(chats) {
		for _, room := range wire.Texts(rooms, len(rooms), 255) {
			direct[id.RoomID(room)] = true
		}
	}
	slices.Sort(joined)
	for _, room := range joined {
		known := false
		d.spaces.loop.See(func() { known = d.spaces.changes.visits.places.any(room) })
		if known || direct[room] || len(all) == most {
			continue
		}
		made, err := home.Content(ctx, room, event.StateCreate.Type)
		if err != nil {
			return nil, err
		}
		if kind := wire.Read(made).Text("type"); kind == "m.policy" {
			continue
		}
		name, err := home.Content(ctx, room, event.StateRoomName.Type)
		if err != nil {
			return nil, err
		}
		all = append(all, commands.SpaceRoom{Room: room, Name: wire.Read(name).Short("name", 255)})
	}
	return all, nil
}
