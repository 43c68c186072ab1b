package e2ee

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
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
		// As an editor for another system would leave it.
		file = append(bytes.ReplaceAll(bytes.TrimSpace(file), []byte("\n"), []byte("\r\n")), "\r\n\r\n"...)
		used, of, err := fresh.ImportKeys(t.Context(), "pass", file)
		must(t, err)
		if used != 21 || of != 21 || !fresh.has(key) {
			t.Errorf("used %d of %d", used, of)
		}
	})
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
