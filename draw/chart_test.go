package draw

import (
	"bytes"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

// The bars of a row are as high as their values are, and what happened at all is seen.
func TestChart(t *testing.T) {
	c := Chart{Title: "The last hours", Marks: []string{"00", "", "02", "03"}, Rows: []Row{{"Joins", []int{0, 50, 100, 1}}, {"Bans", []int{0, 0, 0, 0}}}}
	m, err := png.Decode(bytes.NewReader(c.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	height := func(row, bar int) (n int) {
		x := margin + bar*(barWide+barGap) + barWide/2
		from := titleHigh + row*(lineHigh+rowHigh+margin) + lineHigh
		for y := from; y < from+rowHigh; y++ {
			if m.At(x, y) == color.Color(bars[row]) {
				n++
			}
		}
		return n
	}
	if h := []int{height(0, 0), height(0, 1), height(0, 2), height(0, 3)}; h[0] != 0 || h[2] != 2*h[1] || h[2] < rowHigh/2 || h[3] == 0 || h[3] > 5 {
		t.Errorf("the bars are %v high", h)
	}
	if h := height(1, 1); h != 0 {
		t.Errorf("nothing is %d high", h)
	}
	if m.At(0, 0) != color.Color(ground) {
		t.Error("there is no background")
	}
	// Nothing that is written breaks it, or makes it a large file.
	for _, odd := range []Chart{{}, {Title: strings.Repeat("ä\x00é", 40), Marks: make([]string, 500), Rows: []Row{{"", make([]int, 500)}, {"x", nil}, {"y", []int{-5, 1 << 40}}, {"z", []int{3}}}}} {
		file := odd.PNG()
		if _, err := png.Decode(bytes.NewReader(file)); err != nil || len(file) > 64<<10 {
			t.Errorf("%d bytes, %v", len(file), err)
		}
	}
}
