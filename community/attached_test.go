package community

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/matrix"
)

// shelf has files, by their addresses.
type fileShelf map[string][]byte

func (s fileShelf) Media(_ context.Context, m matrix.Media) ([]byte, error) {
	file, ok := s[m.Address]
	switch {
	case !ok:
		return nil, &action.Failure{Kind: action.Gone, Err: errors.New("404")}
	case int64(len(file)) > m.Most:
		return nil, &action.Failure{Kind: action.TooLarge, Err: errors.New("it is too large")}
	}
	return file, nil
}

// A file is read as text if it is one, of a length that is read, and all else is refused with
// what would be right.
func TestTextOfAFile(t *testing.T) {
	a, c, home := newCited(t)
	here := a.opts.ManagementRoom
	const written = "forseti protections 1\n[flooding]\nmode = on\n"
	files := fileShelf{
		"mxc://hs/good": []byte(written), "mxc://hs/bom": []byte("\ufeff" + written), "mxc://hs/zero": []byte(" \n"), "mxc://hs/utf16": []byte("\xff\xfef\x00o\x00"),
		"mxc://hs/nul": []byte("a\x00b"), "mxc://hs/large": make([]byte, commands.MostFile+1), "mxc://hs/full": []byte(strings.Repeat("#", commands.MostFile)),
	}
	desk := attached{c, files}
	file := func(at, more string) string {
		return fmt.Sprintf(`{"msgtype":"m.file","body":"a.txt","filename":"a.txt","url":"mxc://hs/%s"%s}`, at, more)
	}
	for name, tc := range map[string]struct{ content, want, wrong string }{
		"as it is":         {file("good", ""), written, ""},
		"of a type":        {file("good", `,"info":{"mimetype":"Text/Plain; charset=utf-8","size":40}`), written, ""},
		"of no known type": {file("good", `,"info":{"mimetype":"application/octet-stream"}`), written, ""},
		"with a mark":      {file("bom", ""), written, ""},
		"as long as can":   {file("full", ""), strings.Repeat("#", commands.MostFile), ""},
		"too long":         {file("large", ""), "", "more than 512 kB"},
		"said to be":       {file("good", `,"info":{"size":99999999}`), "", "more than 512 kB"},
		"empty":            {file("zero", ""), "", "nothing in that file"},
		"wide":             {file("utf16", ""), "", "no text in UTF-8"},
		"binary":           {file("nul", ""), "", "no text in UTF-8"},
		"gone":             {file("none", ""), "", "cannot download that file"},
		"a picture":        {strings.Replace(file("good", ""), "m.file", "m.image", 1), "", "of the type `picture`"},
		"a program":        {file("good", `,"info":{"mimetype":"application/x-msdownload\n@room"}`), "", "`file application/x-msdownload @room`"},
		"words":            {`{"msgtype":"m.text","body":"look"}`, "", "That message is no file"},
		"of a wrong shape": {`{"msgtype":"m.file","body":{},"url":7,"info":[]}`, "", "cannot download"},
	} {
		evt := id.EventID("$" + name)
		home.has(uttered(here, evt, benchModerator, tc.content))
		got, err := desk.TextOf(t.Context(), evt)
		if got != tc.want || (err == nil) != (tc.wrong == "") || err != nil && !strings.Contains(fmt.Sprint(err), tc.wrong) {
			t.Errorf("%s: %.60q, %v", name, got, err)
		}
	}
	if _, err := desk.TextOf(t.Context(), "$nowhere"); err == nil {
		t.Error("a message that nobody has was read")
	}

	// In a room that is encrypted, what anybody on the way can have changed is not taken.
	a.loop.See(func() {
		evt := stateEvent(here, "m.room.encryption", "", benchModerator, "$e", []byte(`{"algorithm":"m.megolm.v1.aes-sha2"}`))
		c.management.room.Apply(evt, time.Now())
	})
	if _, err := desk.TextOf(t.Context(), "$as it is"); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("%v", err)
	}
	sealed := uttered(here, "$sealed", benchModerator, `{"algorithm":"m.megolm.v1.aes-sha2"}`)
	sealed.Type, home.clear["$sealed"] = event.EventEncrypted, file("good", "")
	home.has(sealed)
	if got, err := desk.TextOf(t.Context(), "$sealed"); got != written || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
