package images

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func wish(i int, host, sender string) Wish {
	return Wish{Key: fmt.Sprint("file", i), Host: host, Sender: sender, PerMinute: 60, PerSender: 10}
}

// begin gives the keys of all that may begin.
func begin(l *Line[int], at time.Time) (keys []string) {
	for {
		w, _, ok := l.Next(at)
		if !ok {
			return keys
		}
		keys = append(keys, w.Key)
	}
}

// One file is downloaded once, however many show it.
func TestOneFileIsOneWish(t *testing.T) {
	var l Line[int]
	for i := range 3 {
		if !l.Add(wish(1, "a", fmt.Sprint(i)), i) {
			t.Fatal("not taken")
		}
	}
	if keys := begin(&l, noon); len(keys) != 1 {
		t.Fatalf("begun: %v", keys)
	}
	l.Add(wish(1, "a", "x"), 3) // while it is under way
	if got := l.Done("file1"); !slices.Equal(got, []int{0, 1, 2, 3}) || l.Len() != 0 || l.Done("file1") != nil {
		t.Errorf("for %v", got)
	}
	for i := range 2 * mostTogether {
		if l.Add(wish(1, "a", "x"), i) != (i < mostTogether) {
			t.Fatalf("wish %d", i)
		}
	}
}

// What is only looked at for what would follow takes nothing from what counts: with a flood of it in every place, as much of
// that begins as without, and first.
func TestShadeTakesNothing(t *testing.T) {
	for _, shaded := range []int{0, 2 * mostWaiting} {
		var l Line[int]
		for i := range shaded {
			w := wish(10_000+i, fmt.Sprint("h", i%3), fmt.Sprint("@s", i%7))
			w.Shade = true
			l.Add(w, i)
		}
		under := begin(&l, noon)
		if shaded > 0 && (len(under) == 0 || len(under) > mostFlying/2) {
			t.Fatalf("of the shade %v are under way", under)
		}
		for i := range mostWaiting {
			w := wish(i, fmt.Sprint("h", i), fmt.Sprint("@s", i%7))
			if w.PerSender = 100; !l.Add(w, i) {
				t.Fatalf("%d of the shade: wish %d is not taken", shaded, i)
			}
		}
		for _, key := range under[:len(under)-len(under)/2] {
			l.Done(key)
		}
		count := 0
		for {
			w, _, ok := l.Next(noon.Add(time.Second))
			if !ok {
				break
			}
			if w.Shade {
				t.Fatalf("one of the shade came after %d", count)
			}
			count++
			l.Done(w.Key)
		}
		if count != 60 {
			t.Errorf("%d of the shade: %d begin within a minute", shaded, count)
		}
	}
	var l Line[int] // a file that both show counts
	w := wish(1, "a", "x")
	w.Shade = true
	l.Add(w, 1)
	l.Add(wish(1, "a", "y"), 2)
	if got, _, ok := l.Next(noon); !ok || got.Shade {
		t.Errorf("%+v", got)
	}
}

// A server that is slow holds up its own files, and no others.
func TestASlowServerHoldsUpItself(t *testing.T) {
	var l Line[int]
	for i := range 6 {
		l.Add(wish(i, "slow", fmt.Sprint(i)), i)
	}
	l.Add(wish(6, "quick", "x"), 6)
	if got := begin(&l, noon); !slices.Equal(got, []string{"file0", "file1", "file6"}) {
		t.Errorf("begun: %v", got)
	}
	l.Done("file1")
	if got := begin(&l, noon); !slices.Equal(got, []string{"file2"}) {
		t.Errorf("then: %v", got)
	}
	for i := 10; i < 20; i++ {
		l.Add(wish(i, fmt.Sprint(i), fmt.Sprint(i)), i)
	}
	if got := begin(&l, noon); len(got) != mostFlying-3 {
		t.Errorf("begun beyond: %v", got)
	}
}

// A sender who sends many is slow, and nobody else.
func TestASenderHasTheirShare(t *testing.T) {
	var l Line[int]
	for i := range mostWaiting {
		if l.Add(wish(i, fmt.Sprint(i), "@flood"), i) != (i < mostOfSender) {
			t.Fatalf("wish %d", i)
		}
	}
	l.Add(wish(1000, "x", "@other"), 0)
	var begun []string
	for {
		keys := begin(&l, noon)
		if begun = append(begun, keys...); len(keys) == 0 {
			break
		}
		for _, key := range keys {
			l.Done(key)
		}
	}
	if len(begun) != 11 || begun[10] != "file1000" {
		t.Errorf("begun: %v", begun)
	}
	if due := l.Due(); !due.Equal(noon.Add(time.Minute)) {
		t.Errorf("due at %v", due)
	}
	if len(begin(&l, noon.Add(time.Minute-1))) != 0 || len(begin(&l, noon.Add(time.Minute))) == 0 {
		t.Error("a minute is none")
	}
}

func TestAMinuteHasItsShare(t *testing.T) {
	var l Line[int]
	n := 0
	for i := range 3 * mostWaiting {
		w := wish(i, fmt.Sprint(i), fmt.Sprint(i))
		w.PerMinute = 7
		l.Add(w, i)
		for _, key := range begin(&l, noon) {
			n++
			l.Done(key)
		}
	}
	if n != 7 || l.Len() != mostWaiting {
		t.Errorf("%d begun, %d wait", n, l.Len())
	}
	if l.Due().IsZero() {
		t.Error("nothing is due")
	}
}
