package homeserver

import (
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Databases are files in the folder that Dendrite runs in. The lowest
// bcrypt cost makes registering cheap; presence and search are off because
// nothing here uses them.
const configTemplate = `version: 2
global:
  server_name: %[1]s
  private_key: matrix_key.pem
  disable_federation: true
  cache: {max_size_estimated: 32mb, max_age: 1h}
  presence: {enable_inbound: false, enable_outbound: false}
  report_stats: {enabled: false}
  metrics: {enabled: false}
  jetstream: {storage_path: ./jetstream}
client_api:
  registration_disabled: true
  guests_disabled: true
  registration_shared_secret: %[2]s
  rate_limiting: {enabled: %[3]t, exempt_user_ids: [%[4]s]}
federation_api:
  database: {connection_string: "%[5]sfederationapi.db%[6]s"}
key_server:
  database: {connection_string: "%[5]skeyserver.db%[6]s"}
media_api:
  base_path: ./media
  database: {connection_string: "%[5]smediaapi.db%[6]s"}
mscs:
  database: {connection_string: "%[5]smscs.db%[6]s"}
relay_api:
  database: {connection_string: "%[5]srelayapi.db%[6]s"}
room_server:
  database: {connection_string: "%[5]sroomserver.db%[6]s"}
sync_api:
  database: {connection_string: "%[5]ssyncapi.db%[6]s"}
  search: {enabled: false}
user_api:
  bcrypt_cost: 4
  account_database: {connection_string: "%[5]suserapi.db%[6]s"}
logging:
  - {type: std, level: warn}
`

// databases are what stands before and after the name of a database in its connection
// string. Nothing here has to outlive the machine, so that nothing is synced; that is
// said to both of the drivers that Dendrite is built with. Dendrite cuts off what
// follows a question mark, save in a path that hides it.
func databases(dir string) (before, after string) {
	if !strings.HasPrefix(dir, "/") {
		return "file:", "" // a path with a drive does not get through
	}
	return (&url.URL{Scheme: "file", Path: dir + "/"}).String(), url.PathEscape("?_journal_mode=WAL&_synchronous=OFF&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
}

const configFile = "dendrite.yaml"

// writeConfig fills the folder of a server. A key that is there is kept, since
// the events in the databases are signed with it; the secret is always new.
func writeConfig(dir, name, secret string, limits *Limits) error {
	before, after := databases(dir)
	if err := os.WriteFile(filepath.Join(dir, configFile), fmt.Appendf(nil, configTemplate, name, secret, limits != nil, limits.exempt(), before, after), 0o600); err != nil {
		return err
	}
	key := filepath.Join(dir, "matrix_key.pem")
	if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	return os.WriteFile(key, pem.EncodeToMemory(&pem.Block{
		Type:    "MATRIX PRIVATE KEY",
		Headers: map[string]string{"Key-ID": "ed25519:" + strings.ToLower(rand.Text()[:6])},
		Bytes:   seed,
	}), 0o600)
}
