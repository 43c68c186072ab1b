package jssdk

import (
	"context"
	"fmt"
)

// Identify makes the user's cross-signing identity, a secret storage, which the
// passphrase opens too unless it is empty, and a backup of room keys.
func (c *Client) Identify(ctx context.Context, passphrase string) (recoveryKey string, err error) {
	return c.identify(ctx, arguments{"passphrase": passphrase})
}

// Reset is Identify for an account that has all that, and has lost the keys.
func (c *Client) Reset(ctx context.Context) (recoveryKey string, err error) {
	return c.identify(ctx, arguments{"reset": true})
}

func (c *Client) identify(ctx context.Context, args arguments) (string, error) {
	var made struct {
		RecoveryKey string `json:"recoveryKey"`
	}
	err := c.do(ctx, "identify", args, &made)
	return made.RecoveryKey, err
}

// Restored says how many keys of rooms came out of a backup.
type Restored struct {
	Imported int `json:"imported"`
	Total    int `json:"total"`
}

// RecoverWithKey takes the user's identity from secret storage, signs this device
// with it, and restores the backup of room keys.
func (c *Client) RecoverWithKey(ctx context.Context, recoveryKey string) (got Restored, err error) {
	err = c.do(ctx, "recover", arguments{"recoveryKey": recoveryKey}, &got)
	return got, err
}

// RecoverWithPassphrase is RecoverWithKey for who has the passphrase.
func (c *Client) RecoverWithPassphrase(ctx context.Context, passphrase string) (got Restored, err error) {
	err = c.do(ctx, "recover", arguments{"passphrase": passphrase}, &got)
	return got, err
}

// Backup is the backup of room keys on the homeserver.
type Backup struct {
	Version   string `json:"version"` // empty if there is none
	Algorithm string `json:"algorithm"`
	Count     int    `json:"count"`   // of keys in it
	Trusted   bool   `json:"trusted"` // signed by the user's identity or this device
	Matches   bool   `json:"matches"` // with the key that this device has
	Active    bool   `json:"active"`  // this device adds to it
}

// Backup asks the homeserver for the present backup.
func (c *Client) Backup(ctx context.Context) (b Backup, err error) {
	err = c.do(ctx, "backup", nil, &b)
	return b, err
}

// AwaitBackup waits until a number of keys are in the backup. The client puts them
// there some seconds after it has them.
func (c *Client) AwaitBackup(ctx context.Context, keys int) (Backup, error) {
	for {
		b, err := c.Backup(ctx)
		if err != nil || b.Count >= keys {
			return b, err
		}
		if err := pause(ctx); err != nil {
			return b, fmt.Errorf("waiting for %d keys in the backup: %w; it is %+v", keys, err, b)
		}
	}
}
