//go:build !linux

package main

// dropProgram is for Linux.
func dropProgram() {}
