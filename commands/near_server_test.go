package commands

import "testing"

func TestSlip(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		is   bool
	}{
		{"evil.exmaple", "evil.example", true}, {"evil.exampl", "evil.example", true}, {"ewil.example", "evil.example", true}, {"evvil.example", "evil.example", true},
		{"calm.example", "evil.example", false}, {"evil.example", "evil.example", false}, {"a.b", "a.c", false}, {"evil.org", "evil.example", false}, {"", "", false},
	} {
		if slip(tc.a, tc.b) != tc.is || slip(tc.b, tc.a) != tc.is {
			t.Errorf("%s, %s: want %v", tc.a, tc.b, tc.is)
		}
	}
}

// A ban of a server that nobody is on is carried out, and says so, with what may be meant.
func TestBanOfAServerThatNobodyIsOn(t *testing.T) {
	expect(t, newWorld(), "ban evil.exmaple coc", []string{`rule server "evil.exmaple" in !coc:ours.example because "", sure false`}, "Nobody from `evil.exmaple` is in a protected room now. Did you mean `evil.example`, whose users I know?")
	expect(t, newWorld(), "ban nowhere.example coc", []string{`rule server "nowhere.example" in !coc:ours.example because "", sure false`}, "Nobody from `nowhere.example` is in a protected room now.", "!!Did you mean")
	expect(t, newWorld(), "ban calm.example coc", []string{`rule server "calm.example" in !coc:ours.example because "", sure false`}, "!!Nobody from")
	expect(t, newWorld(), "ban *.nowhere.example coc", []string{`rule server "*.nowhere.example" in !coc:ours.example because "", sure false`}, "!!Nobody from")
	expect(t, newWorld(), "ban @a:nowhere.example coc", []string{`rule user "@a:nowhere.example" in !coc:ours.example because "", sure false`}, "!!Nobody from")
}
