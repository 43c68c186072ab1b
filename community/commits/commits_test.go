package commits

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// memory is a store that fails as often as it is told to.
type memory struct {
	fails  []error
	stored []store.Commit
	asked  int
}

func (m *memory) Commit(_ context.Context, c store.Commit) error {
	m.asked++
	if len(m.fails) > 0 {
		err := m.fails[0]
		m.fails = m.fails[1:]
		if err != nil {
			return err
		}
	}
	m.stored = append(m.stored, c)
	return nil
}

// at has the owner's things run where they are said.
type at struct {
	turn  sync.Mutex
	ended bool
}

func (o *at) Do(_ context.Context, f func()) error {
	if o.ended {
		return context.Canceled
	}
	o.turn.Lock()
	defer o.turn.Unlock()
	f()
	return nil
}

func (o *at) Post(f func()) { f() }

func (o *at) Later(_ string, f func(context.Context), broke func(error)) {
	go func() {
		defer func() {
			if recover() != nil {
				broke(errors.New("broke"))
			}
		}()
		f(context.Background())
	}()
}

func writer(fails ...error) (*Writer, *memory, *at) {
	m, o := &memory{fails: fails}, &at{}
	return New(m, o, zerolog.Nop()), m, o
}

// What is kept apart comes together, in its order, and whatever it is.
func TestMerge(t *testing.T) {
	var fillAll func(v reflect.Value, n int)
	fillAll = func(v reflect.Value, n int) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.Struct:
				fillAll(f, n)
			case reflect.Slice:
				f.Set(reflect.MakeSlice(f.Type(), n, n))
			case reflect.String:
				f.SetString(fmt.Sprint(n))
			default:
				t.Fatalf("%s is a %s", v.Type().Field(i).Name, f.Kind())
			}
		}
	}
	fill := func(n int) (c store.Commit) {
		fillAll(reflect.ValueOf(&c).Elem(), n)
		return c
	}
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		for i := range v.NumField() {
			f := v.Field(i)
			if f.Kind() == reflect.Struct {
				look(f)
			}
			if f.Kind() == reflect.Slice && f.Len() != 5 || f.Kind() == reflect.String && f.String() != "3" {
				t.Errorf("%s: %v", v.Type().Field(i).Name, f)
			}
		}
	}
	look(reflect.ValueOf(merge(fill(2), fill(3))))
	if got := merge(store.Commit{NextBatch: "a"}, store.Commit{}); got.NextBatch != "a" {
		t.Errorf("the token became %q", got.NextBatch)
	}
}

func TestTakenOnce(t *testing.T) {
	w, _, _ := writer()
	w.Setting("ns", "key", 1)
	w.Forget("!r")
	w.Locate(store.Located{Entry: "e"})
	w.State(store.StateRow{Key: "first"})
	w.Next().State = append(w.Next().State, store.StateRow{Key: "second"})
	got := w.Take(store.Commit{NextBatch: "n", State: []store.StateRow{{Key: "third"}}})
	if len(got.Settings) != 1 || len(got.Forget) != 1 || len(got.Located) != 1 || got.NextBatch != "n" {
		t.Errorf("%+v", got)
	}
	for i, want := range []string{"first", "second", "third"} {
		if got.State[i].Key != want {
			t.Errorf("%+v", got.State)
		}
	}
	if again := w.Take(store.Commit{}); !reflect.DeepEqual(again, store.Commit{}) {
		t.Errorf("taken twice: %+v", again)
	}
}

// What could not be flushed goes with the next commit, before what is newer.
func TestFlush(t *testing.T) {
	w, m, o := writer(errors.New("no"))
	w.Setting("ns", "key", "old")
	if err := w.Flush(t.Context()); err == nil {
		t.Error("no error")
	}
	w.Setting("ns", "key", "new")
	if err := w.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if len(m.stored) != 1 || len(m.stored[0].Settings) != 2 || is(m.stored[0].Settings[1]) != `"new"` {
		t.Errorf("%+v", m.stored)
	}
	o.ended = true
	w.Setting("ns", "key", "late")
	if err := w.Flush(t.Context()); !errors.Is(err, context.Canceled) || m.asked != 2 || len(w.Next().Settings) != 1 {
		t.Errorf("%v, asked %d times", err, m.asked)
	}
	if release, err := w.Turn(t.Context()); err != nil { // it was given back each time
		t.Error(err)
	} else {
		release()
	}
}

// is the value of a setting as it is stored.
func is(s store.NewSetting) string {
	raw, _ := json.Marshal(s.Value)
	return string(raw)
}

// A setting is stored as it was when that was said.
func TestSettingIsReadAtOnce(t *testing.T) {
	w, m, _ := writer()
	value, none := &struct{ N int }{1}, (*struct{ N int })(nil)
	w.Setting("ns", "key", value)
	w.Setting("ns", "gone", none)
	value.N = 2
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.stored[0].Settings; is(got[0]) != `{"N":1}` || got[1].Value != nil {
		t.Errorf("%+v", got)
	}
}

// Of what is set again before it is stored only the last value is, and what is set after that is not lost.
func TestSettingIsStoredOnce(t *testing.T) {
	w, m, _ := writer()
	for n := range 3 {
		w.Setting("ns", "key", n)
		w.Setting("ns", "other", "as it was")
		w.Setting("other", "key", nil)
	}
	for n := range 2 {
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := map[int][]string{0: {"2", `"as it was"`, "gone"}, 1: {"10"}}[n]
		var got []string
		for _, s := range m.stored[n].Settings {
			if s.Value == nil {
				got = append(got, "gone")
				continue
			}
			got = append(got, is(s))
		}
		if !slices.Equal(got, want) {
			t.Errorf("stored %q, want %q", got, want)
		}
		w.Setting("ns", "key", 10)
	}
}

// In the end all that is left is stored, what could not be stored before that first; and
// so is what somebody else took and gave back.
func TestEnd(t *testing.T) {
	w, m, o := writer(errors.New("no"))
	w.Setting("ns", "key", "taken")
	if err := w.Flush(t.Context()); err == nil {
		t.Error("no error")
	}
	w.Setting("ns", "key", "batch")
	w.Back(w.Take(store.Commit{NextBatch: "n"}))
	w.Setting("ns", "key", "left")
	o.ended = true
	w.End(t.Context())
	if len(m.stored) != 1 || m.stored[0].NextBatch != "n" || len(m.stored[0].Settings) != 3 {
		t.Fatalf("%+v", m.stored)
	}
	for i, want := range []string{`"taken"`, `"batch"`, `"left"`} {
		if is(m.stored[0].Settings[i]) != want {
			t.Errorf("%+v", m.stored[0].Settings)
		}
	}
}

// One commit is stored at a time, and whoever waits may give up.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m, _ := writer()
		release, _ := w.Turn(t.Context())
		flushed := make(chan error)
		go func() { flushed <- w.Flush(t.Context()) }()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.Turn(short); !errors.Is(err, context.DeadlineExceeded) || m.asked != 0 {
			t.Errorf("%v, asked %d times", err, m.asked)
		}
		release()
		if err := <-flushed; err != nil || m.asked != 1 {
			t.Errorf("%v, asked %d times", err, m.asked)
		}
	})
}

// A database that cannot be written to now is waited for, ever longer; the owner hears
// why, once, and that it is over.
func TestWaitingForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := io.ErrUnexpectedEOF
		w, m, _ := writer(away, away, away, away, away, away, away, nil)
		var heard []error
		over := 0
		w.Waits = func(err error) { heard = append(heard, err) }
		w.Goes = func() { over++ }
		began := time.Now()
		if err := w.Keep(t.Context(), store.Commit{NextBatch: "n"}); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != (1+2+4+8+16+30+30)*time.Second {
			t.Errorf("took %s", took)
		}
		if len(heard) != 1 || !errors.Is(heard[0], away) || over != 1 || len(m.stored) != 1 {
			t.Errorf("heard %v, over %d times, stored %d", heard, over, len(m.stored))
		}
	})
}

// What waiting does not help is an error at once; so is one that comes while waiting.
func TestNotWaitingForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		w, m, _ := writer(broken)
		w.Waits = func(error) { t.Error("heard of") }
		if err := w.Keep(t.Context(), store.Commit{}); !errors.Is(err, broken) || m.asked != 1 {
			t.Errorf("%v, asked %d times", err, m.asked)
		}
		w, _, _ = writer(io.ErrUnexpectedEOF, broken)
		w.Goes = func() { t.Error("said to be over") }
		var why error
		w.Waits = func(err error) { why = err }
		if err := w.Keep(t.Context(), store.Commit{}); !errors.Is(err, broken) || !errors.Is(why, io.ErrUnexpectedEOF) {
			t.Errorf("%v, heard %v", err, why)
		}
		w, _, _ = writer(io.ErrUnexpectedEOF, io.ErrUnexpectedEOF)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Millisecond)
		defer cancel()
		if err := w.Keep(ctx, store.Commit{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// A store over which we break has stored nothing, and nothing of it is lost.
func TestStoreBreaks(t *testing.T) {
	w, m, _ := writer(nil)
	w.store = breaking{}
	w.Setting("ns", "key", 1)
	if err := w.Flush(t.Context()); err == nil {
		t.Fatal("is said to be stored")
	}
	w.store = m
	if err := w.Put(t.Context(), store.Commit{NextBatch: "n"}); err != nil || len(m.stored) != 1 || len(m.stored[0].Settings) != 1 {
		t.Errorf("%v, stored %+v", err, m.stored)
	}
}

type breaking struct{}

func (breaking) Commit(context.Context, store.Commit) error { panic("half done") }

// What is read at the same time is stored together, within a moment, and what is read
// later once more; also if the first could not be stored.
func TestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m, o := writer(nil, errors.New("no"))
		soon := func(key string) {
			_ = o.Do(t.Context(), func() {
				w.Setting("ns", key, 1)
				w.Soon()
			})
		}
		soon("first")
		soon("second")
		time.Sleep(2 * soonPause)
		synctest.Wait()
		if len(m.stored) != 1 || len(m.stored[0].Settings) != 2 {
			t.Fatalf("stored %+v", m.stored)
		}
		soon("third")
		time.Sleep(2 * soonPause)
		synctest.Wait()
		if len(m.stored) != 1 || m.asked != 2 {
			t.Fatalf("a database that fails stored %+v", m.stored)
		}
		soon("fourth")
		time.Sleep(2 * soonPause)
		synctest.Wait()
		if len(m.stored) != 2 || len(m.stored[1].Settings) != 2 {
			t.Errorf("stored %+v", m.stored)
		}
	})
}

// Very much that was read is stored at once; and until it is taken there should not be more.
func TestMuchIsStoredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, m, o := writer()
		began, some := time.Now(), make([]store.StateRow, much/2)
		fill := func(room id.RoomID) (is bool) {
			_ = o.Do(t.Context(), func() {
				w.Replace(room, some)
				w.Soon()
				is = w.Much()
			})
			return is
		}
		isMuch := func() (is bool) {
			_ = o.Do(t.Context(), func() { is = w.Much() })
			return is
		}
		if fill("!a") || !fill("!b") {
			t.Error("it is not so much that is much")
		}
		synctest.Wait()
		if len(m.stored) != 1 || len(m.stored[0].State) != much || !time.Now().Equal(began) || isMuch() {
			t.Errorf("stored %d times after %s, and still much: %t", len(m.stored), time.Since(began), isMuch())
		}
		if fill("!c") || isMuch() {
			t.Error("little is much")
		}
		time.Sleep(2 * soonPause)
		synctest.Wait()
		if len(m.stored) != 2 {
			t.Errorf("stored %d times", len(m.stored))
		}
		release, err := w.Turn(t.Context()) // something else is being stored
		if err != nil {
			t.Fatal(err)
		}
		fill("!d")
		fill("!e")
		time.Sleep(2 * soonPause)
		synctest.Wait()
		if !isMuch() {
			t.Error("it is taken, and not stored")
		}
		release()
		synctest.Wait()
		if len(m.stored) != 3 || isMuch() {
			t.Errorf("stored %d times, and still much: %t", len(m.stored), isMuch())
		}
	})
}
