package admin

import (
	"context"
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

// Spec is what the specification itself offers: to suspend and to lock.
//
// https://spec.matrix.org/v1.18/client-server-api/#server-administration
type Spec struct {
	None
	Client *mautrix.Client
}

// Of chooses by what a homeserver says that it offers.
func Of(client *mautrix.Client) Admin {
	if client.SpecVersions.Supports(mautrix.FeatureStableAccountModeration) || client.SpecVersions.Supports(mautrix.FeatureUnstableAccountModeration) {
		return Spec{Client: client}
	}
	return None{}
}

// Suspend suspends an account of this homeserver, or ends that.
func (s Spec) Suspend(ctx context.Context, user id.UserID, on bool) error {
	return s.put(ctx, "suspend", user, map[string]any{"suspended": on})
}

// Lock locks an account of this homeserver, or ends that.
func (s Spec) Lock(ctx context.Context, user id.UserID, on bool) error {
	return s.put(ctx, "lock", user, map[string]any{"locked": on})
}

func (s Spec) put(ctx context.Context, what string, user id.UserID, body any) error {
	address := s.Client.BuildClientURL("v1", "admin", what, user)
	if !s.Client.SpecVersions.Supports(mautrix.FeatureStableAccountModeration) {
		address = s.Client.BuildClientURL("unstable", "uk.timedout.msc4323", "admin", what, user)
	}
	_, err := s.Client.MakeRequest(ctx, http.MethodPut, address, body, nil)
	return err
}
