package homeserver

import (
	"context"
	"fmt"
)

// Kind is which homeserver to run.
type Kind string

// The kinds.
const (
	Dendrite Kind = "dendrite"
	Synapse  Kind = "synapse"
)

// product is what differs between the kinds.
type product struct {
	// find returns the path of the program.
	find func(ctx context.Context, report func(string)) (string, error)
	// configure writes what the program reads into its folder. Keys that are there
	// are kept, since the events in the database are signed with them.
	configure func(dir, name, secret, addr string, limits *Limits) error
	// arguments are those of the program, which runs in its folder.
	arguments func(addr string) []string
}

func (k Kind) product() (product, error) {
	switch k {
	case "", Dendrite:
		return product{
			find:      Build,
			configure: func(dir, name, secret, _ string, limits *Limits) error { return writeConfig(dir, name, secret, limits) },
			arguments: func(addr string) []string { return []string{"-config", configFile, "-http-bind-address", addr} },
		}, nil
	case Synapse:
		return product{
			find:      func(context.Context, func(string)) (string, error) { return findSynapse() },
			configure: writeSynapseConfig,
			arguments: func(string) []string { return []string{"-c", synapseConfigFile} },
		}, nil
	default:
		return product{}, fmt.Errorf("%s=%q: write %s or %s", Variable, string(k), Dendrite, Synapse)
	}
}
