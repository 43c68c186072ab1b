package e2ee

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/crypto"
)

func TestExportAndImport(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		d := a.device(t, url)
		if _, err := d.ExportKeys(t.Context(), "pass"); !errors.Is(err, ErrNoKeys) {
			t.Errorf("nothing to export: %v", err)
		}
		d.makeKeys(20)
		_, key := newKey(t, "!room:example.org")
		must(t, d.mach.StoreGroupSession(t.Context(), key))
		if _, err := d.ExportKeys(t.Context(), ""); err == nil {
			t.Error("exported without a passphrase")
		}
		file, err := d.ExportKeys(t.Context(), "pass")
		must(t, err)

		fresh := a.device(t, sqlite(t))
		if _, _, err := fresh.ImportKeys(t.Context(), "wrong", file); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("a wrong passphrase: %v", err)
		}
		// As an editor for another system would leave it, and as matrix-rust-sdk pads it.
		file = append(bytes.ReplaceAll(bytes.TrimSpace(file), []byte("\n"), []byte("\r\n")), "\r\n\r\n"...)
		file = bytes.ReplaceAll(file, []byte("="), nil)
		used, of, err := fresh.ImportKeys(t.Context(), "pass", file)
		must(t, err)
		if used != 21 || of != 21 || !fresh.has(key) {
			t.Errorf("used %d of %d", used, of)
		}
	})
}

// TestKeyFileSpellings holds that a file is read however its base64 is written: the
// specification does not say, and matrix-rust-sdk leaves out the padding.
func TestKeyFileSpellings(t *testing.T) {
	t.Parallel()
	raw := make([]byte, 200) // needs padding
	raw[0], raw[36], raw[40], raw[41] = 1, 1, 0xfb, 0xff
	body := base64.StdEncoding.EncodeToString(raw)
	want := keyFileHead + "\n" + body + "\n" + keyFileTail + "\n"
	wrapped := strings.Join(slices.Collect(func(yield func(string) bool) {
		for line := range slices.Chunk([]byte(body), 76) {
			if !yield(string(line)) {
				return
			}
		}
	}), "\n")
	for name, file := range map[string]string{
		"padded":          want,
		"not padded":      keyFileHead + "\n" + strings.TrimRight(body, "=") + "\n" + keyFileTail + "\n",
		"wrapped":         keyFileHead + "\n" + wrapped + "\n" + keyFileTail,
		"for Windows":     "\ufeff" + strings.ReplaceAll(keyFileHead+"\n"+wrapped+"\n"+keyFileTail+"\n", "\n", "\r\n"),
		"indented":        strings.ReplaceAll("\n"+keyFileHead+"\n"+wrapped, "\n", "\n  ") + "\n  " + keyFileTail + "  \n\n",
		"on one line":     keyFileHead + body + keyFileTail,
		"alphabet of URL": keyFileHead + "\n" + base64.URLEncoding.EncodeToString(raw) + "\n" + keyFileTail,
	} {
		if got, err := keyFile([]byte(file)); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

func TestHostileKeyFile(t *testing.T) {
	t.Parallel()
	d := newAccount(t).device(t, sqlite(t))
	file := func(rounds uint32, n int) []byte {
		raw := make([]byte, n)
		if n > 37 {
			raw[0] = 1
			binary.BigEndian.PutUint32(raw[33:37], rounds)
		}
		return []byte(keyFileHead + "\n" + base64.StdEncoding.EncodeToString(raw) + "\n" + keyFileTail + "\n")
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":       {nil, ErrNoKeyFile},
		"a letter":    {[]byte("Dear all"), ErrNoKeyFile},
		"head alone":  {[]byte(keyFileHead), ErrNoKeyFile},
		"nothing in":  {file(0, 0), ErrNoKeyFile},
		"short":       {file(1, 40), ErrNoKeyFile},
		"for ever":    {file(1<<32-1, 200), ErrNoKeyFile},
		"no base64":   {[]byte(keyFileHead + "\n?!\n" + keyFileTail), ErrNoKeyFile},
		"wrong hash":  {file(1, 200), ErrWrongPassphrase},
		"odd version": {bytes.Replace(file(1, 200), []byte("AQ"), []byte("Bw"), 1), ErrNoKeyFile},
	} {
		if _, _, err := d.ImportKeys(t.Context(), "pass", c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Keys in it that are none cost only themselves.
	good, err := crypto.EncryptKeyExport("pass", []byte(`[{"algorithm": "m.megolm.v1.aes-sha2", "session_key": "AAAA"}, {"algorithm": "rot13"}, {}]`))
	must(t, err)
	if used, of, err := d.ImportKeys(t.Context(), "pass", good); used != 0 || of != 3 || err != nil {
		t.Errorf("used %d of %d, %v", used, of, err)
	}
	for _, odd := range []string{`[null]`, `[7]`, `{}`, `nonsense`} {
		file, err := crypto.EncryptKeyExport("pass", []byte(odd))
		must(t, err)
		if _, _, err := d.ImportKeys(t.Context(), "pass", file); !errors.Is(err, ErrNoKeyFile) {
			t.Errorf("%s: %v", odd, err)
		}
	}
}

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte(keyFileHead + "\n" + base64.StdEncoding.EncodeToString(make([]byte, 80)) + "\n" + keyFileTail))
	f.Add([]byte(keyFileHead + keyFileTail))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := keyFile(raw)
		if err == nil && !bytes.HasSuffix(file, []byte(keyFileTail+"\n")) {
			t.Errorf("%q became %q", raw, file)
		}
	})
}
