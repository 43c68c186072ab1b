package commits

import "forseti/store"

// merge puts b behind a.
func merge(a, b store.Commit) store.Commit {
	a.Forget = append(a.Forget, b.Forget...)
	a.State = append(a.State, b.State...)
	a.Open = append(a.Open, b.Open...)
	a.Commands = append(a.Commands, b.Commands...)
	a.Planned = append(a.Planned, b.Planned...)
	a.Carried = append(a.Carried, b.Carried...)
	a.Asked = append(a.Asked, b.Asked...)
	a.Answered = append(a.Answered, b.Answered...)
	a.Finished = append(a.Finished, b.Finished...)
	a.Located = append(a.Located, b.Located...)
	a.Settings = append(a.Settings, b.Settings...)
	a.Evidence = append(a.Evidence, b.Evidence...)
	a.Offences = append(a.Offences, b.Offences...)
	a.Known.Trust = append(a.Known.Trust, b.Known.Trust...)
	a.Known.Samples = append(a.Known.Samples, b.Known.Samples...)
	a.Known.Cases = append(a.Known.Cases, b.Known.Cases...)
	if b.NextBatch != "" {
		a.NextBatch = b.NextBatch
	}
	return a
}
