package text

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOnScreen(t *testing.T) {
	points := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprint("- point ", i))
		}
		return strings.Join(all, "\n")
	}
	for _, tt := range []struct{ name, said, want string }{
		{"what fits", "One.\n\n" + points(3), "One.\n\n" + points(3)},
		{"a list", "Of all:\n\n" + points(9) + "\n\nWhat to do.", "Of all:\n\n" + points(2) + "\n\n" + Fold("7 more", strings.TrimPrefix(points(9), points(2)+"\n")) + "\n\nWhat to do."},
		{"two lists", points(9) + "\n\nand\n\n" + points(2), points(3) + "\n\n" + Fold("More", strings.TrimPrefix(points(9), points(3)+"\n")+"\n\nAlso:\n\n"+points(2)) + "\n\nand"},
		{"two lists, of which more of the second would fit", "- a point that is long, of two rows\n- " + strings.Repeat("long ", 9) + "\n\nOf these:\n\n" + points(3), "- a point that is long, of two rows\n\n" + Fold("More", "- "+strings.Repeat("long ", 9)+"\n\nOf these:\n\n"+points(3))},
		{"a list, what is folded, and another list", points(5) + "\n\n" + Fold("All names", "- a\n  - b") + "\n\n" + points(5), points(4) + "\n\n" + Fold("More", "- point 4\n\nAll names\n\n- a\n  - b\n\nAlso:\n\n"+points(5))},
		{"what a second list is of", points(9) + "\n\nOf these:\n\n" + points(2) + "\n\nDo it.", points(2) + "\n\n" + Fold("More", strings.TrimPrefix(points(9), points(2)+"\n")+"\n\nOf these:\n\n"+points(2)) + "\n\nDo it."},
		{"what is folded in two places", "One.\n\n" + Fold("All names", "a and b") + "\n\nTwo.\nThree.\n\n" + Fold("Rooms", "c") + "\n\nFour.", "One.\n\nTwo.\nThree.\n\n" + Fold("More", "All names\n\na and b\n\nRooms\n\nc") + "\n\nFour."},
		{"one long point", "Of all:\n\n- It is so. It was so. What else?\n\nDo it.\n\n" + Fold("All names", "a"), "Of all:\n\n- It is so. It was so.\n\n" + Fold("More", "What else?\n\nAll names\n\na") + "\n\nDo it."},
		{"much, and what to do", strings.Repeat("One two three. ", 3) + "\n\nA\n\nB\n\nC\n\nReact.", strings.Repeat("One two three. ", 3) + "\n\n" + Fold("More", "A\n\nB\n\nC") + "\n\nReact."},
		{"a list that is too long from the first", "A\nB\nC\nD\n\n" + points(2), "A\nB\nC\nD\n\n" + Fold("All 2", points(2))},
		{"a list at the end", "A\nB\nC\n\n- a long point, of\n  two rows\n- two", "A\nB\nC\n\n" + Fold("All 2", "- a long point, of\n  two rows\n- two")},
		{"prose", strings.Repeat("One two three. ", 7) + "\n\nReact.", "One two three. One two three. One two three.\n\n" +
			Fold("More", strings.Repeat("One two three. ", 3)+"One two three. ") + "\n\nReact."},
		{"folds within", strings.Repeat("A\n", 6) + "\n" + Fold("In", "it"), strings.TrimSpace(strings.Repeat("A\n", 4)) + "\n\n" + Fold("More", "A\nA\n\nIn\n\nit")},
		{"points that are folded besides", "Of all:\n\n" + points(9) + "\n\n" + Fold("All of it", points(9)), "Of all:\n\n" + points(3) + "\n\n" + Fold("All of it", points(9))},
		{"the result, and its names", "One two three. One two three.\n\nA\n\nB\n\nC\n\nDone with it.\n\n" + Fold("All names", "a"), "One two three. One two three.\n\nA\n\n" + Fold("More", "B\n\nC\n\nAll names\n\na") + "\n\nDone with it."},
		{"one long word", strings.Repeat("x", 200), strings.Repeat("x", 200)},
		{"code is not parted", "Here:\n\n```\na\n\n- b\n" + strings.Repeat("c\n", 9) + "```", "Here:\n\n" + Fold("All 1", "```\na\n\n- b\n"+strings.Repeat("c\n", 9)+"```")},
		{"a question keeps its answers", Asks(strings.Repeat("One two three. ", 7)+"Shall I? Else not.", "React with x."), "One two three.\n\n" +
			Fold("More", strings.TrimSpace(strings.Repeat("One two three. ", 6))) + "\n\nShall I? Else not.\nReact with x."},
		{"a question below what it is about", Asks(strings.Repeat("One two three. ", 7)+"\n\nSo?", "React with x."), "One two three. One two three.\n\n" +
			Fold("More", strings.Repeat("One two three. ", 4)+"One two three. ") + "\n\nSo?\nReact with x."},
		{"a question of points", Asks("Of all:\n\n"+points(9), "React with x."), "Of all:\n\n" + points(2) + "\n\n" + Fold("7 more", strings.TrimPrefix(points(9), points(2)+"\n")) + "\n\nReact with x."},
		{"a sentence that is too long", strings.Repeat("one `two three` ", 9) + "end.", "one `two three` one `two three` one `two three` one `two three` …\n\n" +
			Fold("More", "… "+strings.Repeat("one `two three` ", 5)+"end.")},
	} {
		if got := OnScreen(tt.said, 5, 16); got != tt.want {
			t.Errorf("%s:\n%q\nnot\n%q", tt.name, got, tt.want)
		}
	}
}

// Whatever is said, nothing of it is lost, it fits if its sentences do, and what fits once is left as it is.
func TestOnScreenKeepsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var said []string
		n := 0
		word := func() string { n++; return fmt.Sprintf("w%dx", n) }
		for range rapid.IntRange(0, 12).Draw(t, "blocks") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				var of []string
				for range rapid.IntRange(1, 9).Draw(t, "sentences") {
					of = append(of, "So "+strings.Repeat("it is `so or so` ", rapid.IntRange(0, 40).Draw(t, "long"))+word()+".")
				}
				said = append(said, strings.Join(of, " "))
			case 1, 2:
				var of []string
				for range rapid.IntRange(1, 20).Draw(t, "points") {
					of = append(of, "- "+word())
				}
				said = append(said, strings.Join(of, "\n"))
			default:
				title := word()
				if rapid.Bool().Draw(t, "whole") {
					title = Whole + strings.Repeat(" ", n%2) // which is the same
					n--
				}
				said = append(said, Fold(title, word()))
			}
		}
		ask := ""
		if rapid.Bool().Draw(t, "asks") {
			for range rapid.IntRange(0, 9).Draw(t, "before") {
				ask += "That would do " + word() + ". "
			}
			last := "Shall I " + strings.Repeat("really ", rapid.IntRange(0, 9).Draw(t, "long")) + word() + "?\nReact with " + word() + "."
			said = append(said, ask+last)
			ask = last
		}
		got := OnScreen(Paragraphs(said...), 10, 40)
		if !strings.Contains(shown(got), ask) {
			t.Fatalf("%q is not asked any more: %q", ask, got)
		}
		if rows := Rows(got, 40); rows > 10 {
			t.Fatalf("%d rows: %q", rows, got)
		}
		for i := range n {
			if !strings.Contains(got, fmt.Sprintf("w%dx", i+1)) {
				t.Fatalf("%d is lost: %q", i+1, got)
			}
		}
		if again := OnScreen(got, 10, 40); again != got {
			t.Fatalf("again it is %q, not %q", again, got)
		}
	})
}

// shown is what of a text is not folded.
func shown(markdown string) string {
	var all []string
	for _, p := range Pieces(markdown) {
		if !p.Folded {
			all = append(all, p.Body)
		}
	}
	return Paragraphs(all...)
}
