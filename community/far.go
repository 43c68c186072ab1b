package community

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/loop"
	"forseti/text"
)

// slow is how long something takes of which moderators are told how far it is.
const slow = 2 * time.Second

// far says in the reply of a command that takes long how far it is, and how long it still takes.
type far struct {
	loop    *loop.Loop
	speaker *speaker
	command id.EventID
	began   time.Time
}

// tell is how far it is: with so much done of all. What is over soon is said when it is over.
func (f far) tell(said string, done, all int) {
	if said = farWords(said, done, all, time.Since(f.began)); said != "" {
		f.loop.Post(func() { f.speaker.report.Replies.Progress(f.command, said, time.Now()) })
	}
}

// step is tell for the steps of a plan.
func (f far) step(done, all int) {
	f.tell(fmt.Sprintf("Done so far: %d of %d.", done, all), done, all)
}

// farWords adds how long the rest takes if it goes on as it went; "" as long as there is nothing to say.
func farWords(said string, done, all int, took time.Duration) string {
	if done <= 0 || done >= all || took < slow {
		return ""
	}
	return said + " The rest takes " + text.About(time.Duration(float64(took)/float64(done)*float64(all-done))) + "."
}
