package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"maunium.net/go/mautrix"
)

// version is set by -ldflags "-X main.version=…" in a release.
var version = ""

// versionText is the version of the release, or the commit it was built from.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "development " + s.Value[:12]
		}
	}
	return "development"
}

func versionCommand(_ context.Context, args []string, s streams) error {
	if err := parse(flags("version", s), args); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "forseti %s (%s, mautrix %s)\n", versionText(), runtime.Version(), mautrix.Version)
	return nil
}
