package matrix

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"forseti/wire"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Device is one login of the account.
type Device struct {
	ID   id.DeviceID
	Name string    // what its owner called it; may be anything
	Seen time.Time // zero if the homeserver does not say
}

// Devices returns all logins of the account, the one of this session among them; who
// was seen last comes first.
func (s *caller) Devices(ctx context.Context) ([]Device, error) {
	var answer struct {
		Devices []struct {
			ID   id.DeviceID `json:"device_id"`
			Name string      `json:"display_name"`
			Seen int64       `json:"last_seen_ts"`
		} `json:"devices"`
	}
	err := s.read(ctx, &answer, nil, "v3", "devices")
	if err == nil && answer.Devices == nil {
		err = errNoObject
	}
	if err != nil {
		return nil, wrap(err, "logins of the account")
	}
	var found []Device
	for _, d := range answer.Devices {
		device := Device{ID: d.ID, Name: d.Name}
		if d.Seen > 0 {
			device.Seen = time.UnixMilli(d.Seen)
		}
		found = append(found, device)
	}
	slices.SortStableFunc(found, func(a, b Device) int { return b.Seen.Compare(a.Seen) })
	return found, nil
}

// LogOut ends the login of this session. The session is of no use after it.
func (s *caller) LogOut(ctx context.Context) error {
	if _, err := s.client.Logout(mautrix.WithMaxRetries(ctx, 0)); err != nil {
		return wrap(err, "log out")
	}
	return nil
}

// LogOutDevice ends another login of the account, for which homeservers want the
// password. Its error is of kind [action.Unauthorized] if that is not enough.
func (s *caller) LogOutDevice(ctx context.Context, device id.DeviceID, password string) error {
	remove := func(auth map[string]any) ([]byte, error) {
		body := map[string]any{}
		if auth != nil {
			body["auth"] = auth
		}
		return s.client.MakeFullRequest(mautrix.WithMaxRetries(ctx, 0), mautrix.FullRequest{
			Method: http.MethodDelete, URL: s.client.BuildClientURL("v3", "devices", device),
			RequestJSON: body, SensitiveContent: true, ResponseSizeLimit: maxSmallAnswer,
		})
	}
	asked, err := remove(nil)
	if answer, ok := errors.AsType[mautrix.HTTPError](err); ok && answer.IsStatus(http.StatusUnauthorized) && password != "" {
		_, err = remove(map[string]any{
			"type": mautrix.AuthTypePassword, "session": wire.Text(wire.Fields(asked)["session"]), "password": password,
			"identifier": mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(s.User())},
		})
	}
	if err != nil {
		return wrap(err, "log out "+string(device))
	}
	return nil
}

// EndsLogins reports whether there is a password to log out other devices of the account with.
func (s *caller) EndsLogins() bool { return s.password != "" }

// endLogin logs out another device of the account. That the password is not enough says nothing of our own login.
func (s *caller) endLogin(ctx context.Context, device id.DeviceID) error {
	if device == s.Device() {
		return &action.Failure{Kind: action.Unsupported, Err: errors.New("that is this login")}
	}
	err := s.LogOutDevice(ctx, device, s.password)
	if err == nil {
		return nil
	}
	switch failure(err, time.Now()).Kind {
	case action.Gone: // somebody was faster
		return nil
	case action.Unauthorized:
		return &action.Failure{Kind: action.Invalid, Err: err}
	}
	return err
}

// Address is the URL of the homeserver.
func (s *caller) Address() string { return strings.TrimSuffix(s.client.HomeserverURL.String(), "/") }

// Exposed reports whether what the session says, its login included, goes to another
// machine in the clear.
func (s *caller) Exposed() bool {
	u := s.client.HomeserverURL
	if u.Scheme == "https" {
		return false
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsLoopback()
	}
	return host != "localhost" && !strings.HasSuffix(host, ".localhost")
}

// Flows returns the ways in which the homeserver lets people log in by its own login
// API; none where logging in is left to OAuth 2.0.
func Flows(ctx context.Context, opts Options) ([]string, error) {
	client, _, err := reach(ctx, opts)
	if err != nil {
		return nil, err
	}
	resp, err := client.GetLoginFlows(mautrix.WithMaxRetries(ctx, 0))
	if err != nil {
		if failure(err, time.Now()).Kind == action.Unsupported {
			return nil, nil
		}
		return nil, wrap(err, "ask how to log in")
	}
	var flows []string
	for _, flow := range resp.Flows {
		flows = append(flows, string(flow.Type))
	}
	return flows, nil
}

// ServerName is what a homeserver is called in the IDs of its users, "" if it does not
// tell. For a server name that is the name itself.
//
// https://spec.matrix.org/v1.16/server-server-api/#get_matrixkeyv2server
func ServerName(ctx context.Context, homeserver string) string {
	if !strings.Contains(homeserver, "://") {
		return homeserver
	}
	client, _, err := reach(ctx, Options{Homeserver: homeserver})
	if err != nil {
		return ""
	}
	var keys struct {
		Server string `json:"server_name"`
	}
	if err := (&caller{client: client, limit: maxSmallAnswer}).readURL(ctx, &keys, "_matrix", "key", "v2", "server"); err != nil || id.ParseServerName(keys.Server) == nil {
		return ""
	}
	return keys.Server
}
