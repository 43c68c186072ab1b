package images

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forseti/pdq"
)

const (
	aSum  = "00000000000000000000000000000000000000000000000000000000000000aB"
	aSeen = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff"
)

// Whatever is banned is taken elsewhere as it is written, part by part, and written there as here.
func TestShareLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var from, to Shelf
		for n := range rapid.IntRange(0, 60).Draw(t, "pictures") {
			b := Banned{Sum: Sum{byte(n), 1}, At: time.Unix(int64(n), 0), By: "@mod:hs", Addresses: []string{fmt.Sprint("mxc://hs/secret", n)}}
			b.Reason = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "#x", "gore\n\tand more", "- -", strings.Repeat("ä", 400), "\x00\u202e"})).Draw(t, "why")
			if b.Quality = rapid.SampledFrom([]int{0, 49, 50, 100}).Draw(t, "quality"); b.Quality > 0 {
				b.Seen = pdq.Hash{rapid.Uint64().Draw(t, "a"), 0xffff_0000_ffff_0000, 0x00ff_00ff_00ff_00ff, 0x0f0f_0f0f_0f0f_0f0f}
			}
			from.Put(b)
		}
		parts := from.Export(500)
		for _, part := range parts {
			if len(part) > 1500 || strings.Contains(part, "secret") || strings.Contains(part, "@mod") {
				t.Fatalf("%d bytes: %s", len(part), part)
			}
			all, err := ReadLines(part)
			if err != nil {
				t.Fatalf("%v\n%s", err, part)
			}
			fresh, err := to.Fresh(append(all, all...))
			if err != nil || len(fresh) != len(all) {
				t.Fatalf("%d of %d are new: %v", len(fresh), len(all), err)
			}
			for i, b := range fresh {
				b.At = time.Unix(int64(from.of[b.Sum].At.Unix()), int64(i))
				to.Put(b)
			}
		}
		if to.Len() != from.Len() || strings.Join(to.Export(1<<20), "") != strings.Join(from.Export(1<<20), "") {
			t.Fatalf("%q became %q", from.Export(1<<20), to.Export(1<<20))
		}
		for sum, b := range from.of {
			at, known := from.Find(Print{Seen: [8]pdq.Hash{b.Seen}, Quality: b.Quality}, 0)
			there, also := to.Find(Print{Seen: [8]pdq.Hash{b.Seen}, Quality: b.Quality}, 0)
			if known != also || at != there {
				t.Fatalf("%s is found %v here and %v there", sum, known, also)
			}
		}
	})
}

// A mistake is told with its line, and nothing is taken.
func TestReadLines(t *testing.T) {
	for written, want := range map[string]string{
		aSum: "", aSum + " -": "", aSum + " - why": "", "\n# a list\n" + aSum + "\t" + strings.ToUpper(aSeen) + "  some   reason \r\n": "", aSum + " " + aSeen: "",
		"": "no picture in it", "# nothing\n": "no picture in it", "x": "line 1 does not begin", "\n\n" + aSum[1:]: "line 3 does not begin", aSum + "0": "line 1 does not begin",
		aSum + "\n" + aSum + " gore": "line 2 has no PDQ hash", aSum + " " + aSeen[1:]: "line 1 has no PDQ hash", aSum + " " + aSeen + "0": "line 1 has no PDQ",
		aSum + " " + strings.Repeat("0", 64): "nothing to see", aSum + " " + strings.Repeat("f", 64): "that no picture with anything",
		aSum + " - " + strings.Repeat("ä", 302): "more than 300", aSum + " - \xff": "UTF-8", "{\"text\":1}": "does not begin",
	} {
		all, err := ReadLines(written)
		if want = strings.Replace(want, "nothing to see", "that no picture", 1); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", written, all, err)
		}
	}
	all, err := ReadLines(aSum + "\t" + strings.ToUpper(aSeen) + "  some   reason \r\n")
	if err != nil || len(all) != 1 || all[0].Reason != "some reason" || all[0].Seen.String() != aSeen || all[0].Quality != pdq.Quality || all[0].Sum.String() != strings.ToLower(aSum) {
		t.Errorf("%+v, %v", all, err)
	}
}

// There are no more than there may be, and what is there stays as it is.
func TestFresh(t *testing.T) {
	var s Shelf
	s.Put(Banned{Sum: Sum{1}, Reason: "ours"})
	if fresh, err := s.Fresh([]Banned{{Sum: Sum{1}, Reason: "theirs"}, {Sum: Sum{2}}, {Sum: Sum{2}}}); err != nil || len(fresh) != 1 || fresh[0].Sum != (Sum{2}) {
		t.Errorf("%+v, %v", fresh, err)
	}
	many := make([]Banned, MostBanned)
	for n := range many {
		many[n].Sum = Sum{9, byte(n), byte(n >> 8), byte(n >> 16)}
	}
	if fresh, err := s.Fresh(many); err == nil || !strings.Contains(err.Error(), "100001 banned pictures") {
		t.Errorf("%d, %v", len(fresh), err)
	}
}
