package main

import (
	"reflect"
	"testing"

	"forseti/commands/grammar"
	"forseti/config"
)

func TestBorrowed(t *testing.T) {
	for written, want := range map[string]grammar.Borrowed{
		config.Default().Commands.Prefixes: {Prefixes: []string{"mjolnir", "draupnir"}},
		"none":                             {Sure: true},
		"judge  draupnir":                  {Prefixes: []string{"judge", "draupnir"}, Sure: true},
	} {
		if got := borrowed(config.Commands{Prefixes: written}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", written, got)
		}
	}
	if !borrowed(config.Commands{Bare: true}).Bare {
		t.Error("bare is lost")
	}
}
