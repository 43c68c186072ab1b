package wire

import "encoding/json"

// Object reads single keys of an object. Decoding all of it into a map may cost more than all else that is done with
// an event, so that it is looked through as it stands. The zero Object has no keys.
type Object struct {
	decoded map[string]any
	raw     []byte // of an object, if decoded is nil
}

// Read gives the object that raw is; one without keys if it is none.
func Read(raw json.RawMessage) Object {
	if !Each(raw, func([]byte, []byte) {}) {
		return Object{}
	}
	return Object{raw: raw}
}

// Of gives an object that was decoded before.
func Of(decoded map[string]any) Object { return Object{decoded: decoded} }

// Content gives the content of an event, which may have been decoded before.
func Content(raw json.RawMessage, decoded map[string]any) Object {
	if decoded != nil {
		return Of(decoded)
	}
	return Read(raw)
}

// Text is a key's string, "" if it holds anything else.
func (o Object) Text(key string) string {
	if o.raw == nil {
		s, _ := o.decoded[key].(string)
		return s
	}
	return Text(o.member(key))
}

// Short is a key's string, "" if it holds anything else or more than most bytes.
func (o Object) Short(key string, most int) string {
	s := o.Text(key)
	if len(s) > most {
		return ""
	}
	return s
}

// Texts are the strings in a key's array as the function of that name gives them.
func (o Object) Texts(key string, most, length int) []string {
	if o.raw != nil {
		return Texts(o.member(key), most, length)
	}
	values, _ := o.decoded[key].([]any)
	var found []string
	for _, value := range values {
		if len(found) == most {
			break
		}
		if s, ok := value.(string); ok && len(s) <= length {
			found = append(found, s)
		}
	}
	return found
}

// Integer is a key's whole number as the function of that name reads it.
func (o Object) Integer(key string) (n int64, ok bool) {
	if o.raw != nil {
		return Integer(o.member(key))
	}
	switch value := o.decoded[key].(type) {
	case float64:
		return whole(value)
	case string:
		return integer(value)
	default:
		return 0, false
	}
}

// True tells whether a key holds a plain true.
func (o Object) True(key string) bool {
	if o.raw == nil {
		return o.decoded[key] == true
	}
	return string(o.member(key)) == "true"
}

// Object is a key's object; one without keys if it holds anything else.
func (o Object) Object(key string) Object {
	if o.raw == nil {
		inner, _ := o.decoded[key].(map[string]any)
		return Object{decoded: inner}
	}
	if inner := o.member(key); len(inner) > 0 && inner[0] == '{' {
		return Object{raw: inner}
	}
	return Object{}
}

// member finds the value of a key; of several the last.
func (o Object) member(key string) (value []byte) {
	Each(o.raw, func(name, v []byte) {
		if string(name) == key {
			value = v
		}
	})
	return value
}

// Any tells whether there is an object at all, be it an empty one.
func (o Object) Any() bool { return o.decoded != nil || o.raw != nil }

// Has tells whether there is a key, whatever it holds.
func (o Object) Has(key string) bool {
	if o.raw == nil {
		_, there := o.decoded[key]
		return there
	}
	return o.member(key) != nil
}

// Objects are the objects in a key's array, most at the most; what else is in it is left out.
func (o Object) Objects(key string, most int) (found []Object) {
	if o.raw != nil {
		for _, value := range Array(o.member(key), most) {
			if inner := Read(value); inner.Any() {
				found = append(found, inner)
			}
		}
		return found
	}
	values, _ := o.decoded[key].([]any)
	for _, value := range values[:min(len(values), most)] {
		if inner, ok := value.(map[string]any); ok {
			found = append(found, Of(inner))
		}
	}
	return found
}
