package homeserver

import (
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Databases are files relative to the folder that Dendrite runs in. The lowest
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
  database: {connection_string: "file:federationapi.db"}
key_server:
  database: {connection_string: "file:keyserver.db"}
media_api:
  base_path: ./media
  database: {connection_string: "file:mediaapi.db"}
mscs:
  database: {connection_string: "file:mscs.db"}
relay_api:
  database: {connection_string: "file:relayapi.db"}
room_server:
  database: {connection_string: "file:roomserver.db"}
sync_api:
  database: {connection_string: "file:syncapi.db"}
  search: {enabled: false}
user_api:
  bcrypt_cost: 4
  account_database: {connection_string: "file:userapi.db"}
logging:
  - {type: std, level: warn}
`

const configFile = "dendrite.yaml"

// writeConfig fills the folder of a server. A key that is there is kept, since
// the events in the databases are signed with it; the secret is always new.
func writeConfig(dir, name, secret string, limits *Limits) error {
	if err := os.WriteFile(filepath.Join(dir, configFile), fmt.Appendf(nil, configTemplate, name, secret, limits != nil, limits.exempt()), 0o600); err != nil {
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
