package echo

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// WroteData notes account data of a type that is about to be written.
func (w *Writes) WroteData(kind string, content json.RawMessage) {
	w.data[kind] = append(w.data[kind], content)
}

// Unwritten expects no echo of account data: it could not be written.
func (w *Writes) Unwritten(kind string, content json.RawMessage) {
	w.data[kind] = slices.DeleteFunc(w.data[kind], func(c json.RawMessage) bool { return bytes.Equal(c, content) })
}

// OwnData reports whether account data that sync brings is the echo of something we
// wrote, which is in force already. It may have been overtaken by a later write of ours,
// so that to follow it would undo that one for a moment.
func (w *Writes) OwnData(kind string, content json.RawMessage) bool {
	i := slices.IndexFunc(w.data[kind], func(c json.RawMessage) bool { return Same(c, content) })
	if i < 0 {
		return false
	}
	w.data[kind] = w.data[kind][i+1:]
	return true
}

// Same reports whether two pieces of JSON say the same. A homeserver gives back what was
// written to it in an order and spacing of its own.
func Same(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
