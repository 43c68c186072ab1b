package homeserver

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"forseti/internal/filelock"
)

const (
	synapseVersion    = "1.157.1"
	synapseProgram    = "synapse_homeserver"
	synapseConfigFile = "synapse.yaml"
	synapseLogFile    = "synapse-log.yaml"
	synapseKeyFile    = "synapse.key"
)

// SynapseVariable is the environment variable that names a synapse_homeserver
// program to use.
const SynapseVariable = "FORSETI_SYNAPSE"

// findSynapse looks where it was told, on the PATH, and where InstallSynapse puts
// it.
func findSynapse() (string, error) {
	if path := os.Getenv(SynapseVariable); path != "" {
		if !isFile(path) {
			return "", fmt.Errorf("%s=%s is no program", SynapseVariable, path)
		}
		return path, nil
	}
	if path, err := exec.LookPath(synapseProgram); err == nil {
		return path, nil
	}
	dir, err := synapseDir()
	if err != nil {
		return "", err
	}
	if path := filepath.Join(dir, "bin", synapseProgram); isFile(path) {
		return path, nil
	}
	return "", errors.New("there is no Synapse here: run make synapse, or name one by " + SynapseVariable)
}

func synapseDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place to keep Synapse: %w", err)
	}
	return filepath.Join(cache, "forseti", "synapse-"+synapseVersion), nil
}

// InstallSynapse returns the path of a synapse_homeserver program. Unless there is
// one, it installs a pinned version from the Python package index into a virtual
// environment of its own.
func InstallSynapse(ctx context.Context, progress func(string)) (string, error) {
	if path, err := findSynapse(); err == nil {
		return path, nil
	}
	dir, err := synapseDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	unlock, err := filelock.Lock(ctx, dir+".lock", func() { progress("another program installs Synapse; waiting for it") })
	if err != nil {
		return "", fmt.Errorf("lock for installing Synapse: %w", err)
	}
	defer unlock()
	path := filepath.Join(dir, "bin", synapseProgram)
	if isFile(path) {
		return path, nil
	}
	progress("installing Synapse " + synapseVersion + " into a virtual environment")
	for _, command := range [][]string{
		{"python3", "-m", "venv", "--clear", dir},
		{filepath.Join(dir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "matrix-synapse==" + synapseVersion},
	} {
		out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
		if err != nil {
			_ = os.RemoveAll(dir) // half an installation would be taken for one
			return "", fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, tail(out))
		}
	}
	if !isFile(path) {
		return "", fmt.Errorf("the installed package has no %s", synapseProgram)
	}
	return path, nil
}

// Passwords are cheap, as for Dendrite.
const synapseTemplate = `server_name: %[1]q
public_baseurl: "http://%[2]s:%[3]s/"
listeners:
  - {port: %[3]s, bind_addresses: [%[2]q], type: http, tls: false, resources: [{names: [client]}]}
database: {name: sqlite3, args: {database: synapse.db}}
log_config: synapse-log.yaml
media_store_path: synapse-media
signing_key_path: synapse.key
registration_shared_secret: %[4]q
macaroon_secret_key: %[4]q
form_secret: %[4]q
report_stats: false
trusted_key_servers: []
federation_domain_whitelist: []
enable_registration: false
room_list_publication_rules: [{action: allow}] # else Synapse lets nobody list a room
presence: {enabled: false}
bcrypt_rounds: 4
`

// What Synapse limits by default, switched off.
const synapseUnlimited = `rc_message: &none {per_second: 100000, burst_count: 100000}
rc_registration: *none
rc_admin_redaction: *none
rc_room_creation: *none
rc_login: {address: *none, account: *none, failed_attempts: *none}
rc_joins: {local: *none, remote: *none}
rc_joins_per_room: *none
rc_invites: {per_room: *none, per_user: *none, per_issuer: *none}
`

const synapseLogTemplate = `version: 1
handlers: {console: {class: logging.StreamHandler}}
root: {level: WARNING, handlers: [console]}
disable_existing_loggers: false
`

func writeSynapseConfig(dir, name, secret, addr string, limits *Limits) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		synapseConfigFile: fmt.Appendf(nil, synapseTemplate, name, host, port, secret),
		synapseLogFile:    []byte(synapseLogTemplate),
	}
	if limits == nil {
		files[synapseConfigFile] = append(files[synapseConfigFile], synapseUnlimited...)
	}
	if _, err := os.Stat(filepath.Join(dir, synapseKeyFile)); errors.Is(err, fs.ErrNotExist) {
		seed := make([]byte, 32)
		_, _ = rand.Read(seed) // never fails
		files[synapseKeyFile] = fmt.Appendf(nil, "ed25519 a_%s %s\n", strings.ToLower(rand.Text()[:4]), base64.RawStdEncoding.EncodeToString(seed))
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
