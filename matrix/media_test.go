package matrix

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"forseti/action"

	"maunium.net/go/mautrix/crypto/attachment"
)

// What strangers write of a file, and what servers answer, costs no more than it may, and ends.
func TestMedia(t *testing.T) {
	const most = 1000
	clear := bytes.Repeat([]byte("picture "), 20)
	key := attachment.NewEncryptedFile()
	sealed := slices.Clone(clear)
	key.EncryptInPlace(sealed)
	padded := func(s string) string { return s + strings.Repeat("=", -len(s)&3) }
	hash, _ := base64.RawStdEncoding.DecodeString(key.Hashes.SHA256)
	var asked []string
	s := open(t, func(r *http.Request) (int, string) {
		asked = append(asked, r.URL.EscapedPath())
		if r.Header.Get("Authorization") == "" {
			return 401, `{"errcode":"M_MISSING_TOKEN"}`
		}
		switch name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; name {
		case "clear":
			return 200, string(clear)
		case "sealed":
			return 200, string(sealed)
		case "empty":
			return 200, ""
		case "much":
			return 200, strings.Repeat("x", most+1)
		case "endless":
			return 200, strings.Repeat("x", 10<<20)
		case "gone":
			return 404, `{"errcode":"M_NOT_FOUND"}`
		case "refused":
			return 403, `{"errcode":"M_FORBIDDEN"}`
		case "broken":
			return 502, `<html>`
		case "later":
			return 504, `{"errcode":"M_NOT_YET_UPLOADED"}`
		default:
			return 400, `{"errcode":"M_UNKNOWN"}`
		}
	})
	right := Media{Address: "mxc://hs.example:8448/sealed", Sealed: true, Key: key.Key.Key, Vector: key.InitVector, SHA256: key.Hashes.SHA256}
	with := func(change func(*Media)) Media {
		m := right
		change(&m)
		return m
	}
	for _, c := range []struct {
		name string
		of   Media
		want []byte
		kind action.FailureKind
	}{
		{"clear", Media{Address: "mxc://hs.example/clear"}, clear, ""},
		{"of an address with a port", Media{Address: "mxc://[::1]:80/clear"}, clear, ""},
		{"empty", Media{Address: "mxc://hs.example/empty"}, nil, ""},
		{"encrypted", right, clear, ""},
		{"padded", with(func(m *Media) { m.Key, m.Vector, m.SHA256 = padded(m.Key), padded(m.Vector), padded(m.SHA256) }), clear, ""},
		{"in the other alphabet", with(func(m *Media) { m.SHA256 = base64.RawURLEncoding.EncodeToString(hash) }), clear, ""},
		{"of another hash", with(func(m *Media) { m.SHA256 = base64.RawStdEncoding.EncodeToString(make([]byte, 32)) }), nil, action.Invalid},
		{"without a hash", with(func(m *Media) { m.SHA256 = "" }), nil, action.Invalid},
		{"without a key", with(func(m *Media) { m.Key = "" }), nil, action.Invalid},
		{"with half a vector", with(func(m *Media) { m.Vector = m.Vector[:8] }), nil, action.Invalid},
		{"with a key that is none", with(func(m *Media) { m.Key = strings.Repeat("!", len(m.Key)) }), nil, action.Invalid},
		{"too much", Media{Address: "mxc://hs.example/much"}, nil, action.TooLarge},
		{"without end", Media{Address: "mxc://hs.example/endless"}, nil, action.TooLarge},
		{"gone", Media{Address: "mxc://hs.example/gone"}, nil, action.Gone},
		{"refused", Media{Address: "mxc://hs.example/refused"}, nil, action.Forbidden},
		{"broken", Media{Address: "mxc://hs.example/broken"}, nil, action.Transient},
		{"not uploaded yet", Media{Address: "mxc://hs.example/later"}, nil, action.Transient},
		{"no address", Media{Address: "https://hs.example/clear"}, nil, action.Invalid},
		{"another path", Media{Address: "mxc://hs.example/../../clear"}, nil, action.Invalid},
		{"the path above", Media{Address: "mxc://../clear"}, nil, action.Invalid},
		{"a query", Media{Address: "mxc://hs.example/clear?x=y"}, nil, action.Invalid},
		{"nothing", Media{}, nil, action.Invalid},
		{"no file", Media{Address: "mxc://hs.example/"}, nil, action.Invalid},
	} {
		asked = nil
		c.of.Most = most
		got, err := s.Media(t.Context(), c.of)
		failed, _ := errors.AsType[*action.Failure](err)
		switch {
		case c.kind == "" && (err != nil || !bytes.Equal(got, c.want)):
			t.Errorf("%s: %q, %v", c.name, got, err)
		case c.kind != "" && (failed == nil || failed.Kind != c.kind || got != nil):
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		for _, path := range asked {
			if !strings.HasPrefix(path, "/_matrix/client/v1/media/download/") || strings.Contains(path, "..") {
				t.Errorf("%s: asked for %s", c.name, path)
			}
		}
		if len(asked) > 1 {
			t.Errorf("%s: asked %d times", c.name, len(asked))
		}
	}
}

// A server that never ends holds nobody for longer than they wait.
func TestMediaOfASlowServer(t *testing.T) {
	s := open(t, func(r *http.Request) (int, string) {
		<-r.Context().Done()
		return 0, ""
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Media(ctx, Media{Address: "mxc://hs.example/clear", Most: 10}); err == nil {
		t.Error("it came")
	}
}
