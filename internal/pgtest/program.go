package pgtest

import "context"

// Start is for programs, which have no test: it returns the URL of a new, empty
// database on a server of its own, and what ends that.
func Start(ctx context.Context) (url string, stop func(), err error) {
	s, err := startServer()
	if err != nil {
		return "", nil, err
	}
	if err := s.exec(ctx, "CREATE DATABASE soak"); err != nil {
		s.stop()
		return "", nil, err
	}
	return s.url("soak"), s.stop, nil
}
