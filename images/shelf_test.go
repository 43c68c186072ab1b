package images

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"forseti/pdq"
)

func TestShelf(t *testing.T) {
	var s Shelf
	print := Of(asPNG(t, shapes(1, 300, 200)))
	at := time.Unix(1000, 0).UTC()
	b := Banned{Sum: print.Sum, Seen: print.Seen[0], Quality: print.Quality, Addresses: []string{"mxc://a/1"}, Sealed: []string{"hash"}, By: "@mod:hs", At: at, Reason: "gore"}
	s.Put(b)
	if m, found := s.At("mxc://a/1"); !found || m.Sum != print.Sum {
		t.Error("not known where it is")
	}
	if _, found := s.At("hash"); !found {
		t.Error("not known by what it is encrypted")
	}
	if _, found := s.At(""); found {
		t.Error("nowhere is a place")
	}
	if m, found := s.Find(Of(asJPEG(t, shapes(1, 300, 200), 60)), pdq.Distance); !found || m.Exact {
		t.Error("not known by what it shows")
	}
	s.Hit(print.Sum, at.Add(time.Hour))
	// As it is stored and read again.
	kept, _ := s.Get(print.Sum)
	raw, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	var back Banned
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	back.Sum = print.Sum
	if fmt.Sprint(back) != fmt.Sprint(kept) {
		t.Errorf("%v is read as %v", kept, back)
	}
	// Banned once more, elsewhere: it is one picture, and its hits stay.
	b.Addresses, b.Sealed, b.Reason = []string{"mxc://a/2"}, nil, "gore, again"
	again := s.Put(b)
	if again.Hits != 1 || s.Len() != 1 || !slices.Equal(again.Addresses, []string{"mxc://a/1", "mxc://a/2"}) || again.Reason != "gore, again" {
		t.Errorf("banned again: %+v", again)
	}
	for i := range 20 {
		b.Addresses = []string{fmt.Sprint("mxc://b/", i)}
		s.Put(b)
	}
	if _, found := s.At("mxc://a/1"); found {
		t.Error("places are never forgotten")
	}
	if got := s.Called(print.Sum.String()[:8]); len(got) != 1 || len(s.Called("")) != 1 || len(s.Called("zz")) != 0 {
		t.Errorf("called: %v", got)
	}
	s.Take(print.Sum)
	s.Take(print.Sum)
	if _, found := s.At("mxc://b/19"); found || s.Len() != 0 {
		t.Error("taken out, and known")
	}
	if _, found := s.Hit(print.Sum, at); found {
		t.Error("taken out, and acted on")
	}
}

// Who bans a picture at an address that another has, too, takes it over, and does not lose it with the other.
func TestShelfOfOnePlace(t *testing.T) {
	var s Shelf
	s.Put(Banned{Sum: Sum{1}, Addresses: []string{"mxc://a/1"}})
	s.Put(Banned{Sum: Sum{2}, Addresses: []string{"mxc://a/1"}})
	s.Take(Sum{1})
	if m, found := s.At("mxc://a/1"); !found || m.Sum != (Sum{2}) {
		t.Error("lost")
	}
}

func TestLatest(t *testing.T) {
	var s Shelf
	for i := range 5 {
		s.Put(Banned{Sum: Sum{byte(i)}, At: time.Unix(int64(i), 0)})
	}
	var got []byte
	for _, b := range s.Latest(3) {
		got = append(got, b.Sum[0])
	}
	if !slices.Equal(got, []byte{4, 3, 2}) || len(s.Latest(10)) != 5 {
		t.Errorf("latest: %v", got)
	}
}
