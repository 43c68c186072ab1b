package matrix

// Versions returns what the homeserver says of itself: the versions of the
// specification, oldest first. What it can do shows only when it is asked.
func (s *caller) Versions() []string {
	if s.client.SpecVersions == nil {
		return nil
	}
	var versions []string
	for _, v := range s.client.SpecVersions.Versions {
		versions = append(versions, v.String())
	}
	return versions
}
