//go:build !unix

package store

func isNoFolder(error) bool { return false }
func isReadOnly(error) bool { return false }
func isFull(error) bool     { return false }
