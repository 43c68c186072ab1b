package store_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"forseti/store"
)

func testCommands(t *testing.T, url string) {
	s := open(t, url)
	first := store.Command{Event: "$1", Room: "!m", Sender: "@mod", Body: "!ban @a"}
	second := store.Command{Event: "$2", Room: "!m", Sender: "@mod", Body: "!unban @a"}
	ok(t, s.Commit(t.Context(), store.Commit{Commands: []store.Command{first, second}}))
	s = reopen(t, s, url)
	if open, err := s.Commands.Open(t.Context()); err != nil || len(open) != 2 || !same(open[0], first) || !same(open[1], second) {
		t.Fatalf("open %v, %v", open, err)
	}
	// What a commit that failed said of a command is not what the next one says.
	fresh := []store.Command{{Event: "$fresh", Seen: true}}
	ok(t, s.Commit(t.Context(), store.Commit{Commands: fresh}))
	if fresh[0].Seen {
		t.Error("a new command counts as seen")
	}
	ok(t, s.Commands.Finish(t.Context(), "$fresh"))
	ok(t, s.Commands.Finish(t.Context(), "$1"))
	// The server delivers it once more.
	third := store.Command{Event: "$3", Room: "!m", Sender: "@mod", Body: "!help"}
	again := []store.Command{first, second, third, third}
	ok(t, s.Commit(t.Context(), store.Commit{Commands: again}))
	if !again[0].Seen || !again[1].Seen || again[2].Seen || !again[3].Seen {
		t.Errorf("seen before: %v", again)
	}
	ok(t, s.Commands.Finish(t.Context(), third.Event))
	if open, err := s.Commands.Open(t.Context()); err != nil || len(open) != 1 || !same(open[0], second) {
		t.Errorf("open %v, %v", open, err)
	}
	if err := s.Commands.Finish(t.Context(), "$1"); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("finished twice: %v", err)
	}
}

func same(a, b store.Command) bool { return reflect.DeepEqual(a, b) }

func testQuestions(t *testing.T, url string) {
	s := open(t, url)
	q, err := s.Questions.Ask(t.Context(), store.Question{Room: "!m", Kind: "blast", Details: json.RawMessage(`{"rule":"$r"}`)})
	ok(t, err)
	other, err := s.Questions.Ask(t.Context(), store.Question{Room: "!m", Kind: "room"})
	ok(t, err)
	if _, found, err := s.Questions.At(t.Context(), ""); err != nil || found {
		t.Errorf("found a question that was not posted: %v, %v", found, err)
	}
	ok(t, s.Questions.Posted(t.Context(), q.ID, "$q"))
	s = reopen(t, s, url)
	if open, err := s.Questions.Open(t.Context()); err != nil || len(open) != 2 || open[0].ID != q.ID || open[1].ID != other.ID {
		t.Fatalf("open %v, %v", open, err)
	}
	got, found, err := s.Questions.At(t.Context(), "$q")
	if err != nil || !found || string(got.Details) != `{"rule":"$r"}` || got.Kind != "blast" || got.Room != "!m" ||
		!got.Asked.Equal(q.Asked) || !got.Answered.IsZero() {
		t.Errorf("got %+v, %v, %v", got, found, err)
	}
	ok(t, s.Questions.Answer(t.Context(), q.ID, "yes", "@mod"))
	got, found, err = s.Questions.At(t.Context(), "$q")
	if err != nil || !found || got.Answer != "yes" || got.AnsweredBy != "@mod" || got.Answered.IsZero() || string(got.Details) != `{}` {
		t.Errorf("got %+v, %v, %v", got, found, err)
	}
	if open, err := s.Questions.Open(t.Context()); err != nil || len(open) != 1 || open[0].ID != other.ID {
		t.Errorf("open %v, %v", open, err)
	}
	if err := s.Questions.Posted(t.Context(), "unknown", "$x"); !errors.Is(err, store.ErrNotOpen) {
		t.Errorf("posted an unknown question: %v", err)
	}
}

func testOneAnswer(t *testing.T, url string) {
	s := open(t, url)
	q, err := s.Questions.Ask(t.Context(), store.Question{Room: "!m", Kind: "blast"})
	ok(t, err)
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch err := s.Questions.Answer(t.Context(), q.ID, "yes", "@mod"); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrNotOpen):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d answers counted", won.Load())
	}
}
