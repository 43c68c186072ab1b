//go:build !linux

package pgtest

import "syscall"

func unprivileged() (*user, error) { return nil, nil }

func attributes(*user) *syscall.SysProcAttr { return nil }
