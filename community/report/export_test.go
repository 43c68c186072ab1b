package report

// Size is how much a report remembers, of whatever kind.
func (r *Report) Size() int {
	n := len(r.work.open) + len(r.work.at) + r.work.total() + len(r.Problems.obstacles.at) + len(r.Problems.obstacles.by) + len(r.Problems.late) +
		len(r.Replies.commands) + len(r.Replies.order) + len(r.notices.by) + len(r.notices.ready) + len(r.news.items) + len(r.outbox.said)
	for _, d := range r.notices.aging {
		if !d.over {
			n++
		}
	}
	return n
}
