package report

import "forseti/text"

// What a phone shows of a message before one scrolls, in rows and letters.
const (
	MostRows   = 10
	RowLetters = 40
)

// Part is one paragraph of a message: the whole of it, and then, if it can be, in ever fewer words.
type Part []string

// shortest is in how many steps a part becomes as short as it can.
const shortest = 3

// at is the part in its nth shortest words.
func (p Part) at(n int) string { return p[min(n, len(p)-1)] }

// Screen makes a message of parts, and of what moderators can do about them, that fits on the screen of a phone. What
// is shown in fewer words for that stands whole below, folded.
func Screen(offer string, parts ...Part) string {
	for n := range shortest {
		var shown, whole []string
		for _, p := range parts {
			shown = append(shown, p.at(n))
			if p.at(n) != p[0] {
				whole = append(whole, p[0])
			}
		}
		if said := text.Paragraphs(append(shown, offer, folded(whole))...); text.Rows(said, RowLetters) <= MostRows {
			return said
		}
	}
	var shown, whole []string
	for _, p := range parts {
		shown = append(shown, p.at(shortest))
		if p.at(shortest) != p[0] {
			whole = append(whole, p[0])
		}
	}
	return text.OnScreen(text.Paragraphs(append(shown, folded(whole), offer)...), MostRows, RowLetters)
}

// folded is what one sees who wants to know all. What was folded within it stands open there.
func folded(whole []string) string {
	if len(whole) == 0 {
		return ""
	}
	return text.Fold(text.Whole, text.Opened(text.Paragraphs(whole...)))
}
