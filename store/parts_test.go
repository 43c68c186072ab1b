package store_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"forseti/store"
)

// looks are the methods of a Store and its parts that write nothing. Whatever is not here
// must be refused to who is not the owner any more, so that a new method is held to it
// before anybody thinks of it.
var looks = map[string]bool{
	"Store.Account": true, "Store.NextBatch": true,
	"Journal.Bans": true, "Journal.Open": true, "Journal.History": true, "Journal.Entries": true, "Journal.SetOffBy": true, "Journal.Expired": true, "Journal.DoneSince": true,
	"Commands.Open": true, "Questions.At": true, "Questions.Open": true, "Settings.Read": true, "Settings.All": true,
	"RoomState.Of": true, "RoomState.Rooms": true, "SealedEvidence.Of": true, "Offences.Of": true, "Offences.All": true,
	"Notes.On": true, "Cases.Find": true, "Cases.On": true, "Cases.Undecided": true, "Reports.Open": true, "Reports.On": true, "Hashes.All": true,
}

func TestEveryWriteOfEveryPartIsFenced(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		d := openDatabase(t, url)
		ok(t, d.UseKey(make([]byte, 32)))
		late, err := d.Community(t.Context(), management)
		ok(t, err)
		takeOver(t, d, url)
		writes := 0
		parts := []reflect.Value{reflect.ValueOf(late)}
		for _, part := range reflect.ValueOf(late).Elem().Fields() {
			if part.CanInterface() {
				parts = append(parts, part)
			}
		}
		for _, part := range parts {
			for method, f := range part.Methods() {
				name := part.Type().Elem().Name() + "." + method.Name
				if looks[name] {
					continue
				}
				writes++
				out := f.Call(arguments(t.Context(), f.Type()))
				if err, _ := out[len(out)-1].Interface().(error); !errors.Is(err, store.ErrNotOwner) {
					t.Errorf("%s of who is not the owner any more: %v", name, err)
				}
			}
		}
		if writes < 20 {
			t.Errorf("only %d methods that write are found", writes)
		}
	})
}

// arguments are some for a method, whatever it takes.
func arguments(ctx context.Context, of reflect.Type) (in []reflect.Value) {
	for i := range of.NumIn() {
		v := reflect.New(of.In(i)).Elem()
		switch v.Kind() {
		case reflect.String:
			v.SetString("$x:hs")
		case reflect.Int64:
			v.SetInt(1)
		case reflect.Interface:
			if of.In(i) == reflect.TypeFor[context.Context]() {
				v.Set(reflect.ValueOf(ctx))
			} else {
				v.Set(reflect.ValueOf(1))
			}
		case reflect.Struct:
			switch into := v.Addr().Interface().(type) {
			case *time.Time:
				*into = time.Now()
			case *store.Commit:
				into.NextBatch = "late"
			}
		}
		in = append(in, v)
	}
	return in
}
