package faults

// Joined gives what an answer of sync says of a joined room, which is put there
// if it says nothing.
func Joined(answer map[string]any, room string) map[string]any {
	return object(object(object(answer, "rooms"), "join"), room)
}

// Timeline adds events to a room's timeline.
func Timeline(answer map[string]any, room string, events ...any) {
	add(object(Joined(answer, room), "timeline"), events)
}

// Drop leaves a room out of an answer of sync, as if nothing had happened there.
func Drop(answer map[string]any, room string) {
	delete(object(object(answer, "rooms"), "join"), room)
}

func add(section map[string]any, events []any) {
	before, _ := section["events"].([]any)
	section["events"] = append(before, events...)
}

func object(in map[string]any, key string) map[string]any {
	inner, ok := in[key].(map[string]any)
	if !ok {
		inner = map[string]any{}
		in[key] = inner
	}
	return inner
}
