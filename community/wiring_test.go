package community

import (
	"reflect"
	"testing"

	"forseti/store"
)

// Every part has whatever it needs, as far as the options give it.
func TestEverythingIsWired(t *testing.T) {
	c := New(Options{Self: benchSelf, ManagementRoom: "!management:hs", Store: &store.Store{}})
	mayLack := map[string]bool{
		"home": true, "secrets": true, "verifier": true, "scams": true, // of the options
		"store": true, "settings": true, "hashes": true, "journal": true, // an empty store has none
	}
	seen := map[uintptr]bool{}
	parts := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() || seen[v.Pointer()] {
				return
			}
			seen[v.Pointer()] = true
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || v.Type().PkgPath() != "forseti/community" {
			return
		}
		parts++
		for i := range v.NumField() {
			name, f := v.Type().Field(i).Name, v.Field(i)
			switch f.Kind() {
			case reflect.Pointer, reflect.Func, reflect.Interface, reflect.Map, reflect.Chan:
				lazy := f.Kind() == reflect.Map && v.Type().Name() == "latest" || v.Type().Name() == "debounce" || v.Type().Name() == "threads"
				if f.IsNil() && !mayLack[name] && !lazy && v.Type().Name() != "Options" {
					t.Errorf("%s.%s (%s) is missing", path, name, v.Type().Name())
				}
			}
			walk(path+"."+name, f)
		}
	}
	walk("c", reflect.ValueOf(c))
	walk("executor", reflect.ValueOf(c.newExecutor()))
	for _, desk := range []any{c.desks(c.newExecutor().rooms.visits).Upkeep, c.desks(nil).Names, c.desks(nil).Questions, c.desks(nil).Limits, c.desks(nil).Protections, c.desks(nil).Evidence} {
		walk("desk", reflect.ValueOf(desk))
	}
	if parts < 40 {
		t.Errorf("only %d parts seen", parts)
	}
}
