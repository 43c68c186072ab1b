// Package filelock lets programs of one machine wait for one another, such as
// tests that want to build or install the same thing. It is for tests only.
package filelock
