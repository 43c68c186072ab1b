package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/store"
)

// looks are the methods of a Store and its parts that write nothing. Whatever is not here
// must be refused to who is not the owner any more, so that a new method is held to it
// before anybody thinks of it.
var looks = map[string]bool{
	"Store.Account": true, "Store.NextBatch": true, "RoomState.With": true,
	"Journal.Bans": true, "Journal.Open": true, "Journal.History": true, "Journal.Entries": true, "Journal.SetOffBy": true, "Journal.Wrote": true, "Journal.Expired": true, "Journal.DoneSince": true,
	"Commands.Open": true, "Questions.At": true, "Questions.Open": true, "Settings.Read": true, "Settings.All": true,
	"RoomState.Of": true, "RoomState.Rooms": true, "SealedEvidence.Of": true, "Offences.Of": true, "Offences.Latest": true, "Offences.Tallies": true, "Journal.NextExpiry": true, "Journal.Told": true, "Trust.All": true, "Samples.All": true, "Samples.Kept": true,
	"Notes.On": true, "Cases.Find": true, "Cases.On": true, "Cases.Undecided": true, "Cases.Last": true, "Cases.Since": true, "Cases.Latest": true, "Journal.Latest": true, "Reports.Open": true, "Reports.On": true, "Hashes.All": true,
}

func TestEveryWriteOfEveryPartIsFenced(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		d := openDatabase(t, url)
		ok(t, d.UseKey(make([]byte, 32)))
		late, err := d.Community(t.Context(), management)
		ok(t, err)
		takeOver(t, d, url)
		writes := 0
		for name, f := range methods(late) {
			if looks[name] {
				continue
			}
			writes++
			out := f.Call(arguments(t.Context(), f.Type(), time.Now()))
			if err, _ := out[len(out)-1].Interface().(error); !errors.Is(err, store.ErrNotOwner) {
				t.Errorf("%s of who is not the owner any more: %v", name, err)
			}
		}
		if writes < 20 {
			t.Errorf("only %d methods that write are found", writes)
		}
	})
}

// No part of a community reads or changes another's rows, though all of them have the same names.
func TestPartsSeeOnlyTheirCommunity(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		d := openDatabase(t, url)
		ok(t, d.UseKey(make([]byte, 32)))
		full, err := d.Community(t.Context(), "!full:hs")
		ok(t, err)
		fill(t, full)
		other, err := d.Community(t.Context(), "!other:hs")
		ok(t, err)
		before := dump(t, full)
		for name, f := range methods(other) {
			part, _, _ := strings.Cut(name, ".")
			if !looks[name] || part == "Store" || part == "Hashes" || name == "Samples.Kept" {
				continue
			}
			at := time.Time{} // since when
			if name == "Journal.Expired" {
				at = time.Now().Add(time.Hour)
			}
			if n := found(f.Call(arguments(t.Context(), f.Type(), at))); n != 0 {
				t.Errorf("%s of another community finds %d", name, n)
			}
			own := methods(full)[name]
			if n := found(own.Call(arguments(t.Context(), own.Type(), at))); n == 0 {
				t.Errorf("%s finds nothing where there is something", name)
			}
		}
		for name, f := range methods(other) {
			if !looks[name] {
				f.Call(arguments(t.Context(), f.Type(), time.Now().Add(time.Hour)))
			}
			if after := dump(t, full); after != before {
				t.Fatalf("%s of another community changed\n%s to\n%s", name, before, after)
			}
		}
	})
}

// name is what everything is called in that test.
const name = "$x:hs"

// fill gives a community something of everything.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	a := action.Action{ID: name, Verb: action.Ban, Room: name, User: name, Cause: action.Cause{Event: name}, Expires: time.Now()}
	_, err := s.Journal.Begin(ctx, a)
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, name, action.Outcome{Done: true, Event: name}))
	_, err = s.Journal.Begin(ctx, action.Action{ID: "rule", Verb: action.WriteRule, Room: name, State: &action.State{Key: name}})
	ok(t, err)
	ok(t, s.Journal.Settle(ctx, "rule", action.Outcome{Done: true, Event: name}))
	ok(t, s.Commit(ctx, store.Commit{
		Open:     []action.Action{{ID: "open", Verb: action.Notify, Room: name, User: name}},
		State:    []store.StateRow{{Room: name, Type: name, Event: json.RawMessage(`{}`)}, {Room: name, Type: "m.room.member", Key: name, Event: json.RawMessage(`{}`)}},
		Commands: []store.Command{{Event: name, Room: name, Sender: name, Body: "x"}},
		Asked:    []store.Question{{ID: name, Room: name, Event: name, Kind: "x"}},
		Settings: []store.NewSetting{{Namespace: name, Key: name, Value: 1}},
		Evidence: []store.Evidence{{Event: name, Room: name, Content: json.RawMessage(`{}`)}},
		Offences: []store.Offence{{ID: name, User: name, At: time.Now()}},
		Known: store.Known{
			Trust:   []store.TrustRow{{Entity: name, Record: []byte("x")}},
			Samples: []store.Sample{{ID: name, Kind: "x", At: time.Now(), Body: []byte("x")}},
		},
	}))
	_, err = s.Notes.Add(ctx, store.Note{ID: name, User: name})
	ok(t, err)
	_, err = s.Cases.Add(ctx, store.Case{User: name})
	ok(t, err)
	_, err = s.Reports.Add(ctx, store.Report{ID: name, User: name})
	ok(t, err)
}

// dump is all that a community has.
func dump(t *testing.T, s *store.Store) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{"room_state", "journal", "command", "question", "setting", "evidence", "offence", "trust", "sample", "note", "case_file", "report"} {
		from := table
		if table == "room_state" {
			from = "room_state INNER JOIN state_room ON room = number"
		}
		rows, err := s.Account().DB().Query(t.Context(), `SELECT * FROM `+from+` WHERE community = '!full:hs'`)
		ok(t, err)
		columns, err := rows.Columns()
		ok(t, err)
		n := 0
		for ; rows.Next(); n++ {
			row := make([]any, len(columns))
			for i := range row {
				row[i] = new(any)
			}
			ok(t, rows.Scan(row...))
			fmt.Fprintf(&all, "%s:", table)
			for _, v := range row {
				fmt.Fprintf(&all, " %v", *v.(*any))
			}
			all.WriteByte('\n')
		}
		ok(t, rows.Err())
		ok(t, rows.Close())
		if n == 0 {
			t.Fatalf("nothing is in %s", table)
		}
	}
	return all.String()
}

// found is how much a method that looks gave.
func found(out []reflect.Value) (n int) {
	switch first := out[0]; first.Kind() {
	case reflect.Slice, reflect.Map:
		return first.Len()
	case reflect.Func: // a sequence
		for range first.Seq2() {
			n++
		}
		return n
	case reflect.Int64:
		return int(first.Int())
	}
	for _, v := range out {
		if v.Kind() == reflect.Bool && v.Bool() {
			n++
		}
	}
	return n
}

// methods are those of a Store and of all its parts, by part and name.
func methods(s *store.Store) map[string]reflect.Value {
	all := map[string]reflect.Value{}
	add := func(part reflect.Value) {
		for method, f := range part.Methods() {
			all[part.Type().Elem().Name()+"."+method.Name] = f
		}
	}
	add(reflect.ValueOf(s))
	for _, part := range reflect.ValueOf(s).Elem().Fields() {
		if part.CanInterface() {
			add(part)
		}
	}
	return all
}

// arguments are some for a method, whatever it takes.
func arguments(ctx context.Context, of reflect.Type, at time.Time) (in []reflect.Value) {
	for in0 := range of.Ins() {
		v := reflect.New(in0).Elem()
		switch v.Kind() {
		case reflect.String:
			v.SetString(name)
		case reflect.Int, reflect.Int64:
			v.SetInt(1)
		case reflect.Slice: // what may be given several times, each of its own
			if of.IsVariadic() {
				v = reflect.ValueOf(name).Convert(in0.Elem())
			}
		case reflect.Interface:
			if in0 == reflect.TypeFor[context.Context]() {
				v.Set(reflect.ValueOf(ctx))
			} else {
				v.Set(reflect.ValueOf(new(any)))
			}
		case reflect.Struct:
			switch into := v.Addr().Interface().(type) {
			case *time.Time:
				*into = at
			case *store.Commit:
				into.NextBatch = "late"
			}
		}
		in = append(in, v)
	}
	return in
}
