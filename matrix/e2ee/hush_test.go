package e2ee

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

func TestHush(t *testing.T) {
	var out bytes.Buffer
	log := zerolog.New(&out).Hook(zerolog.HookFunc(hush))
	log.Warn().Msg(noNews)
	log.Warn().Msg("news")
	if got := out.String(); strings.Contains(got, noNews) || !strings.Contains(got, "news") {
		t.Error(got)
	}
}

// TestOldDeviceIsNoNews: a device that we never talked to is nothing to warn of.
func TestOldDeviceIsNoNews(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	a.rival(t)
	made, err := d.client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	must(t, err)
	var out bytes.Buffer
	d.opts.Log = zerolog.New(&out).Level(zerolog.WarnLevel)
	d.reopen()
	must(t, d.TakeState(t.Context(), made.RoomID, []*event.Event{{Type: event.StateEncryption, StateKey: new("")}}, false))
	_, err = d.Encrypt(t.Context(), made.RoomID, event.EventMessage, map[string]any{"body": "x"})
	must(t, err)
	if strings.Contains(out.String(), "olm session") {
		t.Error(out.String())
	}
}
