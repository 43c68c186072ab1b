package report

// Size is how much a report remembers, of whatever kind.
func (r *Report) Size() int {
	n := len(r.open) + len(r.hindered) + len(r.obstacles) + len(r.commands) + len(r.answers) + len(r.decisions) + len(r.ready) + len(r.news) + len(r.said) + r.Left()
	for _, d := range r.aging {
		if !d.over {
			n++
		}
	}
	return n
}
