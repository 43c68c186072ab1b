//go:build !unix

package store

import "os"

// flock is not to be had everywhere. Who lives is then told by how long ago the
// owner's row was renewed.
func flock(*os.File) (sure bool, err error) { return false, nil }

func ended(int) bool { return false }
