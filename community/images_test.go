package community_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee"
)

// scene is a picture with much to see, another for each seed.
func scene(seed, width, height int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := 240*x/width, 180*y/height
			img.SetNRGBA(x, y, color.NRGBA{uint8((u/(9+seed) ^ v/(7+seed)) * 16), uint8(v / (3 + seed) * 20), uint8((u*seed/20 + v/9) * 12), 255})
		}
	}
	return img
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 70}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictureOf uploads a picture and gives a message that shows it, encrypted or not.
func (s *sealed) pictureOf(by *mautrix.Client, file []byte, encrypted bool) map[string]any {
	s.t.Helper()
	content := map[string]any{"msgtype": "m.image", "body": "x", "info": map[string]any{"mimetype": "image/png"}}
	var key *attachment.EncryptedFile
	if encrypted {
		key, file = attachment.NewEncryptedFile(), slices.Clone(file)
		key.EncryptInPlace(file)
	}
	uploaded, err := by.UploadBytes(s.t.Context(), file, "application/octet-stream")
	s.must(err)
	if encrypted {
		content["file"] = &event.EncryptedFileInfo{EncryptedFile: *key, URL: uploaded.ContentURI.CUString()}
	} else {
		content["url"] = uploaded.ContentURI.CUString()
	}
	return content
}

// A moderator bans a picture: its message goes, and so does whatever shows it again, clear or encrypted, compressed anew or
// scaled, by whomever, also after a restart. Another picture stays.
func TestBannedImages(t *testing.T) {
	long(t)
	s := newSealed(t, 1, e2ee.Any)
	open, secret := s.rooms[0], s.secretRoom()
	one, other := s.server.Client(t, "one"), s.server.Client(t, "other")
	for _, room := range []id.RoomID{open} {
		s.join(room, one)
		s.join(room, other)
	}
	talker := s.talker("talker", secret)
	s.start()
	s.answered("Hello")
	s.whisper("!forseti enable known-images")
	s.answered("is now")
	post := func(by *mautrix.Client, file []byte) id.EventID {
		t.Helper()
		sent, err := by.SendMessageEvent(t.Context(), open, event.EventMessage, s.pictureOf(by, file, false))
		s.must(err)
		s.seen(open, sent.EventID)
		return sent.EventID
	}
	first := post(one, asPNG(t, scene(3, 320, 240)))
	innocent := []id.EventID{post(other, asPNG(t, scene(8, 320, 240)))}

	s.whisper("!forseti ban-image " + open.EventURI(first).MatrixToURL() + " gore")
	s.answered("is banned. I know it again by what it shows")
	s.removed(open, []id.EventID{first})
	innocent = append(innocent, post(other, asJPEG(t, scene(8, 320, 240))))
	s.removed(open, []id.EventID{post(other, asJPEG(t, scene(3, 200, 150)))})
	s.answered("looks like one that moderators banned", "gore")

	whisperPicture := func(file []byte) id.EventID {
		t.Helper()
		sent, err := talker.SendMessageEvent(t.Context(), secret, event.EventMessage, s.pictureOf(talker.Client, file, true))
		s.must(err)
		s.seen(secret, sent.EventID)
		return sent.EventID
	}
	quiet := whisperPicture(asPNG(t, scene(8, 320, 240)))
	s.removed(secret, []id.EventID{whisperPicture(asJPEG(t, scene(3, 400, 300)))})

	s.restart()
	s.removed(open, []id.EventID{post(other, asPNG(t, scene(3, 320, 240)))})
	s.whisper("!forseti images")
	s.answered("1 banned picture", "gore", "acted on 3 times")

	// A text that a moderator sends as a file is read in reply to it.
	sheet := s.pictureOf(s.mod, []byte("forseti protections 1\n[slow-mode]\nmode = shadow\n"), true)
	sheet["msgtype"], sheet["body"], sheet["info"] = "m.file", "set.txt", map[string]any{"mimetype": "text/plain"}
	sent, err := s.secret.SendMessageEvent(t.Context(), s.management, event.EventMessage, sheet)
	s.must(err)
	_, err = s.secret.SendMessageEvent(t.Context(), s.management, event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "!forseti protections import", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": sent.EventID}},
	})
	s.must(err)
	s.answered("By this text this is changed", "slow-mode", "in shadow")

	// A picture that a moderator shows is banned by a reply to it.
	shown, err := s.secret.SendMessageEvent(t.Context(), s.management, event.EventMessage, s.pictureOf(s.mod, asPNG(t, scene(5, 320, 240)), true))
	s.must(err)
	_, err = s.secret.SendMessageEvent(t.Context(), s.management, event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "!forseti ban-image", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": shown.EventID}},
	})
	s.must(err)
	s.answered("is banned", "it is in no protected room")
	s.removed(open, []id.EventID{post(one, asJPEG(t, scene(5, 160, 120)))})

	for room, kept := range map[id.RoomID][]id.EventID{open: innocent, secret: {quiet}} {
		for _, evt := range s.timeline(room) {
			if slices.Contains(kept, evt.ID) && evt.Unsigned.RedactedBecause != nil {
				t.Errorf("%s shows another picture, and is gone", evt.ID)
			}
		}
	}
}
