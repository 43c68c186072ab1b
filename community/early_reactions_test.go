package community_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"forseti/internal/faults"
)

// A yes counts also if sync brings it before the homeserver has said which event the
// question became.
func TestYesBeforeTheQuestionIsKnown(t *testing.T) {
	f := newFixture(t, 2)
	f.start()
	f.hear("Hello")
	open := make(chan struct{})
	f.proxy.Times(1, faults.In("/forseti-question-", faults.Speech), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		<-open
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		_, _ = io.Copy(w, recorded.Body)
	})
	f.say("!forseti rooms remove " + string(f.rooms[1]))
	f.react("✅")
	synced := len(f.proxy.Requests(faults.Sync))
	f.say("(something to sync)")
	f.eventually("sync beyond the yes", func() bool { return len(f.proxy.Requests(faults.Sync)) > synced+1 })
	close(open)
	f.hear("No longer protecting")
}
