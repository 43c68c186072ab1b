package config

import "os"

// SecretsIn reports whether the file at path holds a secret itself, and so must be
// kept private. One that cannot be read is not looked at.
func SecretsIn(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	c, err := Parse(text)
	return err == nil && (c.Homeserver.Password != "" || c.Homeserver.AccessToken != "" || c.Encryption.Key != "" || withPassword(c.Database.URL))
}
