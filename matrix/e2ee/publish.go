package e2ee

import (
	"context"
	"fmt"
	"strings"

	"maunium.net/go/mautrix"
)

// ApprovalError is a homeserver that takes the keys of an identity only from
// somebody who proves to be the account's owner in a way that we cannot, or with
// another password.
type ApprovalError struct {
	URL           string   // where to approve it in a browser, if the homeserver said
	Ways          []string // that the homeserver offers
	WrongPassword bool
	Err           error
}

func (e *ApprovalError) Unwrap() error { return e.Err }

func (e *ApprovalError) Error() string {
	switch {
	case e.WrongPassword:
		return "encryption: the homeserver wants the account's password before it takes the keys of an identity, and the one given is wrong"
	case e.URL != "":
		return "encryption: the homeserver wants somebody to approve the keys of an identity in a browser. Log in as the bot at " + e.URL + ", approve it there, and start the bot again within ten minutes"
	case len(e.Ways) > 0:
		return fmt.Sprintf("encryption: the homeserver takes the keys of an identity only after one of these: %s. The bot can give a password (homeserver.password, or FORSETI_PASSWORD). If that is no help, set up encryption for the account in a client such as Element, and run forseti restore with the recovery key", strings.Join(e.Ways, "; "))
	default:
		return fmt.Sprintf("encryption: the homeserver does not take the keys of an identity: %v", e.Err)
	}
}

// publish sends the public keys. Most homeservers take an account's first without
// more ado (MSC3967).
func (m *ownIdentity) publish(ctx context.Context, u *unfinished, password string) error {
	keys, err := u.Seeds.Decode()
	if err != nil {
		return err
	}
	var asked *mautrix.RespUserInteractive
	var tried bool
	err = m.mach.PublishCrossSigningKeys(ctx, &keys, func(uia *mautrix.RespUserInteractive) any {
		asked = uia
		if password == "" || !uia.HasSingleStageFlow(mautrix.AuthTypePassword) {
			return nil
		}
		tried = true
		return map[string]any{
			"type": mautrix.AuthTypePassword, "session": uia.Session, "password": password,
			"identifier": map[string]any{"type": mautrix.IdentifierTypeUser, "user": m.client.UserID},
		}
	})
	switch {
	case err == nil:
		return nil
	case asked == nil:
		return fmt.Errorf("encryption: publish our identity: %w", err)
	default:
		return approval(asked, tried, err)
	}
}

func approval(asked *mautrix.RespUserInteractive, tried bool, err error) error {
	e := &ApprovalError{Err: err, WrongPassword: tried && isRefusal(err)}
	for _, flow := range asked.Flows {
		var stages []string
		for _, stage := range flow.Stages {
			stages = append(stages, string(stage))
		}
		e.Ways = append(e.Ways, strings.Join(stages, " and "))
	}
	// The second is what homeservers with the Matrix Authentication Service said
	// before MSC4312 gave it a name.
	for _, way := range []mautrix.AuthType{mautrix.AuthTypeOAuth, "org.matrix.cross_signing_reset"} {
		params, _ := asked.Params[way].(map[string]any)
		if url, _ := params["url"].(string); url != "" {
			e.URL = url
		}
	}
	return e
}
