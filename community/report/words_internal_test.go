package report

import "testing"

// What a sentence is about may be many cases: some are named, none that is not one of them is.
func TestInCases(t *testing.T) {
	for want, numbers := range map[string][]int64{
		"":                                 nil,
		", case 7":                         {7, 7},
		", cases 3, 4 and 9":               {9, 3, 4},
		", cases 1, 2, 3, 4, 5 and 2 more": {7, 40, 5, 3, 1, 2, 4},
	} {
		if got := inCases(numbers); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
