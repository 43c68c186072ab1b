package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"golang.org/x/sync/errgroup"
	"maunium.net/go/mautrix"

	"forseti/internal/synthetic"
)

const (
	// usualPace is how long a homeserver takes for a ban, and atOnce how many the bot has under way.
	usualPace = 40 * time.Millisecond
	atOnce    = 8
)

// paced is a user rule where the homeserver takes its time for each ban, beside a client that does nothing but make the same
// bans, as many at once: what is over that is the bot's own.
func (w *world) paced(ctx context.Context, _ string) error {
	w.home.SetPace(usualPace)
	defer w.home.SetPace(0)
	const times = 3
	name := fmt.Sprintf("a user rule where a ban takes %v", usualPace)
	err := w.effects(ctx, name, times, w.Rooms, isOf(http.MethodPost, "/ban"), func(i int) { w.wander(synthetic.Wanderers - times + i) })
	if err != nil {
		return err
	}
	var last figure
	for _, f := range w.figures {
		if f.name == name+", the last after" {
			last = f
		}
	}
	floor := figure{name: "the same bans by a client that does nothing else", unit: "ms"}
	for range times {
		took, err := w.floor(ctx)
		if err != nil {
			return err
		}
		floor.values = append(floor.values, ms(took))
	}
	w.figures = append(w.figures, floor)
	w.found("a user rule, the last ban, times those of that client", last.median()/floor.median(), "")
	return nil
}

// floor is how long a plain client takes to ban somebody in all rooms.
func (w *world) floor(ctx context.Context) (time.Duration, error) {
	home := synthetic.New(w.World)
	home.SetPace(usualPace)
	server := httptest.NewServer(home.Handler())
	defer server.Close()
	client, err := mautrix.NewClient(server.URL, synthetic.Bot, synthetic.Token)
	if err != nil {
		return 0, err
	}
	bans, ctx := errgroup.WithContext(ctx)
	bans.SetLimit(atOnce)
	began := time.Now()
	for i := range w.Rooms {
		bans.Go(func() error {
			_, err := client.BanUser(ctx, synthetic.Room(i), &mautrix.ReqBanUser{UserID: synthetic.Wanderer(0), Reason: "spam"})
			return err
		})
	}
	err = bans.Wait()
	return time.Since(began), err
}
