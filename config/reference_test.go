package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every key of the file is in the table, and nothing else is.
func TestTableIsComplete(t *testing.T) {
	var want []string
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for f := range typ.Fields() {
			name := prefix + f.Tag.Get("yaml")
			if f.Type.Kind() == reflect.Struct {
				walk(name+".", f.Type)
				continue
			}
			want = append(want, name)
		}
	}
	walk("", reflect.TypeFor[Config]())
	var got []string
	for _, k := range keys() {
		got = append(got, k.name)
		if k.doc == "" || k.kind == "" || k.example == "" {
			t.Errorf("%s lacks something", k.name)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the table has %v\nthe file     %v", got, want)
	}
}

func TestExampleIsGood(t *testing.T) {
	text := Example(map[string]string{
		"homeserver.address": "example.org", "homeserver.access_token": "secret", "management_room": `"!mod:example.org"`,
	})
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if wrong := c.check(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	// What is commented out are the defaults.
	shown := map[string]bool{}
	for _, k := range keys() {
		if section, name, ok := strings.Cut(k.name, "."); ok && section != "homeserver" && !strings.ContainsAny(k.example, "…/") {
			shown[section], shown[name] = true, true
		}
	}
	var all []string
	for l := range strings.Lines(text) {
		before, rest, ok := strings.Cut(l, "# ")
		if name, _, named := strings.Cut(rest, ":"); ok && named && strings.TrimSpace(before) == "" && shown[name] {
			l = before + rest
		}
		all = append(all, l)
	}
	d, err := Parse([]byte(strings.Join(all, "")))
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(all, ""))
	}
	d.Homeserver, d.ManagementRoom = Homeserver{}, ""
	if d != Default() {
		t.Errorf("the shown defaults are not the defaults: %+v", d)
	}
}

func TestNearestKey(t *testing.T) {
	for written, want := range map[string]string{
		"managment_room": "management_room", "max_member": "max_members", "homserver": "homeserver", "colour": "",
	} {
		if got := nearest(written); got != want {
			t.Errorf("%s: %q", written, got)
		}
	}
}
