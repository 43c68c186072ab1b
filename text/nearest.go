package text

import "strings"

// mostNear bounds the words that are compared: the work grows with the product of their lengths.
const mostNear = 60

// Nearest gives the candidate that a mistyped word most likely means, "" if none is near.
func Nearest(written string, candidates []string) string {
	word := letters(written)
	best, least := "", len(word)/3+2
	if len(word) < 4 { // two letters of three make another word of it
		least = 2
	}
	for _, candidate := range candidates {
		other := letters(candidate)
		// A word of which no letter stands is another word.
		if d := distance(word, other); d < least && d < max(len(word), len(other)) {
			best, least = candidate, d
		}
	}
	return best
}

func letters(s string) []rune {
	all := []rune(strings.ToLower(s[:min(len(s), 4*mostNear)]))
	return all[:min(len(all), mostNear)]
}

// distance counts the letters to add, drop, change or swap with their neighbour to make one word of the other.
func distance(a, b []rune) int {
	var before []int
	last, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
