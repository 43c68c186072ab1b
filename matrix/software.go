package matrix

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Software is what a homeserver runs, as far as it shows. Name is "" if it does not.
type Software struct{ Name, Version string }

// The names that matter here, as the programs give them.
const (
	Synapse  = "Synapse"
	Dendrite = "Dendrite"
)

// Software finds out what the homeserver runs. A reverse proxy may hide any of the
// ways in which it shows, so several are tried.
//
// https://spec.matrix.org/v1.16/server-server-api/#get_matrixfederationv1version
func (s *caller) Software(ctx context.Context) Software {
	var federation struct {
		Server Software `json:"server"`
	}
	err := s.readURL(ctx, &federation, "_matrix", "federation", "v1", "version")
	if name := federation.Server.Name; err == nil && name != "" && len(name) < 100 {
		return federation.Server
	}
	var synapse struct {
		Version string `json:"server_version"`
	}
	if err := s.readURL(ctx, &synapse, "_synapse", "admin", "v1", "server_version"); err == nil && synapse.Version != "" {
		return Software{Synapse, synapse.Version}
	}
	return Software{Name: shown(s.client.SpecVersions)}
}

// shown tells a homeserver by habits that no other has.
func shown(v *mautrix.RespVersions) string {
	if v == nil {
		return ""
	}
	if _, ok := v.UnstableFeatures["io.element.e2ee_forced.public"]; ok {
		return Synapse
	}
	// There was never a version of this name.
	if slices.ContainsFunc(v.Versions, func(v mautrix.SpecVersion) bool { return v.String() == "v1.0" }) {
		return Dendrite
	}
	return ""
}

// Is compares names of software as people write them.
func (s Software) Is(name string) bool { return strings.EqualFold(s.Name, name) }

// RateExempt asks a Synapse whether it limits the account's rate. It tells only its
// own admins; known is false for all others, and on other homeservers.
func (s *caller) RateExempt(ctx context.Context) (exempt, known bool) {
	var override map[string]any
	err := s.readURL(ctx, &override, "_synapse", "admin", "v1", "users", s.User(), "override_ratelimit")
	rate, set := override["messages_per_second"]
	return set && (rate == nil || rate == float64(0)), err == nil && override != nil
}

func (s *caller) readURL(ctx context.Context, into any, path ...any) error {
	ctx, cancel := context.WithTimeout(mautrix.WithMaxRetries(ctx, 0), actTimeout)
	defer cancel()
	body, err := s.client.MakeFullRequest(ctx, mautrix.FullRequest{
		Method: http.MethodGet, URL: s.client.BuildURLWithQuery(mautrix.BaseURLPath(path), nil), ResponseSizeLimit: maxSmallAnswer,
	})
	if err != nil {
		return err
	}
	return unmarshal(body, into)
}

// Known reports whether a user exists, as far as homeservers tell. Its errors say
// that nobody could tell now.
func (s *caller) Known(ctx context.Context, user id.UserID) (bool, error) {
	var profile map[string]any
	err := s.read(ctx, &profile, nil, "v3", "profile", user)
	switch {
	case err == nil:
		return true, nil
	case failure(err, time.Now()).Kind == action.Gone:
		return false, nil
	default:
		return false, wrap(err, "profile of "+string(user))
	}
}
