package matrix

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

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
func (s *Session) Devices(ctx context.Context) ([]Device, error) {
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
func (s *Session) LogOut(ctx context.Context) error {
	if _, err := s.client.Logout(mautrix.WithMaxRetries(ctx, 0)); err != nil {
		return wrap(err, "log out")
	}
	return nil
}

// LogOutDevice ends another login of the account, for which homeservers want the
// password. Its error is of kind [action.Unauthorized] if that is not enough.
func (s *Session) LogOutDevice(ctx context.Context, device id.DeviceID, password string) error {
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
			"type": mautrix.AuthTypePassword, "session": text(object(asked)["session"]), "password": password,
			"identifier": mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(s.User())},
		})
	}
	if err != nil {
		return wrap(err, "log out "+string(device))
	}
	return nil
}

// Address is the URL of the homeserver.
func (s *Session) Address() string { return strings.TrimSuffix(s.client.HomeserverURL.String(), "/") }

// Exposed reports whether what the session says, its login included, goes to another
// machine in the clear.
func (s *Session) Exposed() bool {
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

// Flows returns the ways in which the homeserver lets people log in.
func Flows(ctx context.Context, opts Options) (address string, flows []string, err error) {
	client, _, err := reach(ctx, opts)
	if err != nil {
		return "", nil, err
	}
	resp, err := client.GetLoginFlows(mautrix.WithMaxRetries(ctx, 0))
	if err != nil {
		if f := failure(err, time.Now()); f.Kind != action.Unsupported {
			return "", nil, wrap(err, "ways to log in")
		}
		return client.HomeserverURL.String(), nil, nil
	}
	for _, flow := range resp.Flows {
		flows = append(flows, string(flow.Type))
	}
	return client.HomeserverURL.String(), flows, nil
}
