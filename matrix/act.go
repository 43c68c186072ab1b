package matrix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"forseti/action"
	"forseti/matrix/admin"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// actTimeout is for one request. Joining a room by way of a slow server takes
// the homeserver minutes.
const actTimeout = 3 * time.Minute

// Act carries out one action, and tries once. Its errors are *action.Failure, of
// kind Gone where there was nothing to do. Doing the same Redact or Say again, with
// the same ID, does nothing more.
func (s *Session) Act(ctx context.Context, a action.Action) (action.Result, error) {
	if err := a.Check(); err != nil {
		return action.Result{}, &action.Failure{Kind: action.Invalid, Err: err}
	}
	ctx, cancel := context.WithTimeout(mautrix.WithMaxRetries(ctx, 0), actTimeout)
	defer cancel()
	result, err := s.act(ctx, a)
	if err != nil {
		return action.Result{}, wrap(s.reclassify(ctx, a, err), describe(a))
	}
	return result, nil
}

func (s *Session) act(ctx context.Context, a action.Action) (action.Result, error) {
	var err error
	switch a.Verb {
	case action.Ban:
		return ban(ctx, s, a)
	case action.Unban:
		_, err = s.client.UnbanUser(ctx, a.Room, &mautrix.ReqUnbanUser{UserID: a.User, Reason: a.Reason})
	case action.Kick:
		_, err = s.client.KickUser(ctx, a.Room, &mautrix.ReqKickUser{UserID: a.User, Reason: a.Reason})
	case action.Uninvite:
		if is, known := s.membership(ctx, a); known && is != event.MembershipInvite {
			return action.Result{}, &action.Failure{Kind: action.Gone, Err: errors.New("they are not invited any more")}
		}
		_, err = s.client.KickUser(ctx, a.Room, &mautrix.ReqKickUser{UserID: a.User, Reason: a.Reason})
	case action.Invite:
		_, err = s.client.InviteUser(ctx, a.Room, &mautrix.ReqInviteUser{UserID: a.User, Reason: a.Reason})
	case action.Redact:
		return sent(s.client.RedactEvent(ctx, a.Room, a.Event, mautrix.ReqRedact{Reason: a.Reason, TxnID: a.ID}))
	case action.SetState, action.SetACL, action.WriteRule, action.RemoveRule:
		result, err := sent(s.client.SendStateEvent(ctx, a.Room, a.State.Type, a.State.Key, a.State.Content))
		if err == nil && s.crypto != nil && a.State.Type.Type == event.StateEncryption.Type {
			// Not only when sync brings it: what we say next must be encrypted.
			err = s.crypto.TakeState(ctx, a.Room, []*event.Event{initial(a.State.Type, a.State.Key, a.State.Content)}, false)
		}
		return result, err
	case action.GiveBack:
		return s.giveBack(ctx, a)
	case action.SetJoinRule:
		return s.setJoinRule(ctx, a)
	case action.SetVoice:
		return setVoice(ctx, s, a)
	case action.Mute:
		return s.mute(ctx, a)
	case action.Unmute:
		return s.unmute(ctx, a)
	case action.SetLevel:
		return setLevel(ctx, s, a)
	case action.PointAlias:
		return pointAlias(ctx, s.caller, a)
	case action.DropAlias:
		return dropAlias(ctx, s.caller, a)
	case action.List, action.Unlist:
		return list(ctx, s.caller, a)
	case action.TellOut:
		return s.tellOut(ctx, a)
	case action.Notify, action.Ask:
		return s.notify(ctx, a)
	case action.Join:
		return s.join(ctx, a)
	case action.Leave:
		_, err = s.client.LeaveRoom(ctx, a.Room, &mautrix.ReqLeave{Reason: a.Reason})
	case action.CreateRoom:
		return s.create(ctx, a)
	case action.SetAccountData:
		err = s.client.SetAccountData(ctx, a.Data.Type, a.Data.Content)
	case action.SetProfile:
		err = setProfile(ctx, s.caller, a.Profile)
	case action.EndLogin:
		err = s.endLogin(ctx, a.Device)
	case action.Say, action.NotifyHere:
		return s.say(ctx, a)
	default:
		if a.Verb.Row().Power == action.AdminPower {
			return action.Result{}, admin.Do(ctx, admin.Of(s.client), a)
		}
		return action.Result{}, &action.Failure{Kind: action.Unsupported, Err: fmt.Errorf("no request for %s", a.Verb)}
	}
	return action.Result{}, err
}

func sent(resp *mautrix.RespSendEvent, err error) (action.Result, error) {
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Event: resp.EventID}, nil
}

func (s *Session) join(ctx context.Context, a action.Action) (action.Result, error) {
	target := string(a.Room)
	if target == "" {
		target = string(a.Alias)
	}
	resp, err := s.client.JoinRoom(ctx, target, &mautrix.ReqJoinRoom{Via: a.Via})
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{Room: resp.RoomID}, nil
}

// describe names an action in an error.
func describe(a action.Action) string {
	words := []string{string(a.Verb), string(a.User), string(a.Event)}
	if a.State != nil {
		words = append(words, a.State.Type.Type)
	}
	if room := string(a.Room) + string(a.Alias); room != "" {
		words = append(words, "in", room)
	}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}
