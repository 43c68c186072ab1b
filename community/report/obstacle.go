package report

import (
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// obstacles are what keeps work waiting that goes on being tried: at each place, and by what is one sentence.
type obstacles struct {
	at map[place]hindrance
	by map[Key]*obstacle
}

// hindrance is what keeps one place waiting.
type hindrance struct {
	action action.Action
	why    string
}

// obstacle is one reason why one verb cannot be carried out in a room, for however many.
type obstacle struct {
	verb  action.Verb
	why   string
	keeps map[place]action.Action
}

func newObstacles() obstacles { return obstacles{map[place]hindrance{}, map[Key]*obstacle{}} }

func obstacleKey(a action.Action, why string) Key {
	return Key{Kind: blocked, Room: a.Room, Subject: string(a.Verb) + " " + why}
}

// add notes what keeps a place, and reports whether nothing else is kept by that yet.
func (o *obstacles) add(at place, h hindrance) (key Key, fresh bool) {
	o.at[at] = h
	key = obstacleKey(h.action, h.why)
	one := o.by[key]
	if fresh = one == nil; fresh {
		one = &obstacle{h.action.Verb, h.why, map[place]action.Action{}}
		o.by[key] = one
	}
	one.keeps[at] = h.action
	return key, fresh
}

// drop frees a place. If that was the last one of an obstacle, it is gone.
func (o *obstacles) drop(at place) (key Key, gone bool) {
	h, stands := o.at[at]
	if !stands {
		return Key{}, false
	}
	delete(o.at, at)
	key = obstacleKey(h.action, h.why)
	one := o.by[key]
	if one == nil {
		return key, false
	}
	delete(one.keeps, at)
	if gone = len(one.keeps) == 0; gone {
		delete(o.by, key)
	}
	return key, gone
}

// of are the places of a room that are kept.
func (o *obstacles) of(room id.RoomID) (all []place) {
	for at := range o.at {
		if at.room == room {
			all = append(all, at)
		}
	}
	return all
}
