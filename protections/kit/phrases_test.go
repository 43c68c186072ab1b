package kit

import (
	"slices"
	"testing"

	"forseti/content"
)

func TestPhrases(t *testing.T) {
	p := NewPhrases("earn*, make money, заработ*, 赚钱", "scam, bot")
	var tally Tally
	for text, want := range map[string][]int{
		"":                             {0, 0},
		"I earn, you earned, he earns": {1, 0},
		"learn and yearn":              {0, 0},
		"make  money, earn money":      {2, 0},
		"m a k e m o n e y":            {0, 0}, // what stands alone says not where a word ends
		"e a r n i n g with us":        {1, 0},
		"3arn n0w and e4rn":            {1, 0},
		"еаrn":                         {1, 0}, // Cyrillic
		"ЗАРАБОТОК":                    {1, 0},
		"Зарaбoтoк":                    {1, 0},
		"我赚钱了":                         {1, 0},
		"a scam! SCAM? robot bots":     {0, 1},
		"𝐞𝐚𝐫𝐧 and make\u200b mo\u00adney": {2, 0},
	} {
		if p.Count(content.NewText(text), &tally); !slices.Equal(tally.Of, want) {
			t.Errorf("%q has %v, want %v", text, tally.Of, want)
		}
	}
}
