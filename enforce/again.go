package enforce

// Again has everything looked at anew. It gives the first of the keys of which something
// may be left to do; the others come by Backlog.
func (w *World) Again() []Key {
	keys := w.plan.everybody(w.backlog, false)
	for room := range w.census.rooms {
		keys = append(keys, aclKey(room))
	}
	return keys
}

// Backlog looks at some of those whom a change touched and who have not been looked at,
// and gives the keys of which something may be left to do: the owner has other things
// to do in between. What it costs is bounded by the number of users and of the rooms
// that they are in.
func (w *World) Backlog(users int) []Key {
	var keys []Key
	some := w.backlog.take(users)
	for _, u := range some {
		keys = append(keys, w.census.keysOf(u)...)
	}
	if users -= len(some); users == 0 {
		return keys
	}
	room, all, some := w.backlog.takeIn(users, w.census.everybody)
	r := w.census.rooms[room]
	if r == nil {
		return keys // not looked after any more
	}
	for _, u := range some {
		if m, known := r.Member(u); known && (all || w.plan.concerns(room, u, m)) {
			keys = append(keys, memberKey(room, u))
		}
	}
	return keys
}

// Behind reports whether Backlog has more.
func (w *World) Behind() bool { return !w.backlog.empty() }
