package kit

import (
	"slices"
	"time"
)

// Registrations are the servers of which it is known, or asked, whether anybody can make an
// account there. Somebody else asks: what is wanted is taken, and answered later.
type Registrations struct {
	known map[string]registration
	wants []string // to be asked, in this order
}

type registration struct {
	open    bool
	asked   bool // and not answered
	expires time.Time
}

const (
	mostServers = 2000
	mostWanted  = 100
	// openHolds is how long an answer holds, and silenceHolds how long a server is left alone
	// that did not say.
	openHolds    = 24 * time.Hour
	silenceHolds = time.Hour
	// answerWaits is how long an answer is waited for.
	answerWaits = 2 * time.Minute
)

// Open reports whether anybody can make an account at a server, as far as that is known. If
// it is not, the server is to be asked.
func (r *Registrations) Open(server string, now time.Time) (open, known bool) {
	if r == nil || server == "" {
		return false, true // nobody asks
	}
	if is, there := r.known[server]; there && now.Before(is.expires) {
		return is.open, !is.asked
	}
	if len(r.wants) >= mostWanted || slices.Contains(r.wants, server) {
		return false, false
	}
	r.wants = append(r.wants, server)
	return false, false
}

// Take gives a server that is to be asked; false if there is none.
func (r *Registrations) Take(now time.Time) (server string, more bool) {
	if len(r.wants) == 0 {
		return "", false
	}
	server, r.wants = r.wants[0], r.wants[1:]
	r.keep(server, registration{asked: true, expires: now.Add(answerWaits)})
	return server, true
}

// Answered takes in what a server said; said is false if it said nothing.
func (r *Registrations) Answered(server string, open, said bool, now time.Time) {
	holds := openHolds
	if !said {
		holds = silenceHolds
	}
	r.keep(server, registration{open: open && said, expires: now.Add(holds)})
}

// keep notes what is known of a server. If that is of too many, those go that would be asked
// anew the soonest.
func (r *Registrations) keep(server string, is registration) {
	if r.known == nil {
		r.known = map[string]registration{}
	}
	r.known[server] = is
	if len(r.known) <= mostServers {
		return
	}
	ends := make([]time.Time, 0, len(r.known))
	for _, is := range r.known {
		ends = append(ends, is.expires)
	}
	slices.SortFunc(ends, time.Time.Compare)
	before := ends[len(ends)/4]
	for name, is := range r.known {
		if name != server && !is.expires.After(before) {
			delete(r.known, name)
		}
	}
}
