package community

import (
	"encoding/json"
	"testing"

	"forseti/enforce"
)

func TestRateOf(t *testing.T) {
	for content, want := range map[string]enforce.Rate{
		`{"limited":true,"taken":10,"wait_ms":5000}`:        {PerSecond: 0.2, Burst: 10},
		`{"limited":true,"taken":20,"wait_ms":2000,"at":1}`: {PerSecond: 0.5, Burst: 20},
		`{"limited":true,"taken":1,"wait_ms":5000}`:         {PerSecond: 0.2, Burst: 10},
		`{"limited":true}`:                                          {PerSecond: 0.2, Burst: 10},
		`{"limited":true,"taken":-1,"wait_ms":-5}`:                  {PerSecond: 0.2, Burst: 10},
		`{"limited":true,"taken":1e300,"wait_ms":9007199254740991}`: {PerSecond: 0.2, Burst: 10},
		`{"limited":true,"taken":"ten","wait_ms":{}}`:               {PerSecond: 0.2, Burst: 10},
		`{"limited":true,"taken":10,"wait_ms":1}`:                   {},
		`{"limited":true,"taken":4,"wait_ms":500}`:                  {},
		`{"limited":true,"apart":true,"taken":4,"wait_ms":5000}`:    {},
		`{"limited":false,"taken":15}`:                              {},
		`{"limited":"yes"}`:                                         {},
		`[]`:                                                        {},
		``:                                                          {},
	} {
		if got, _ := rateOf(json.RawMessage(content)); got != want {
			t.Errorf("%s: %+v, want %+v", content, got, want)
		}
	}
	if _, spent := rateOf(json.RawMessage(`{"limited":true,"at":1700000000000}`)); spent.UnixMilli() != 1700000000000 {
		t.Errorf("used up at %v", spent)
	}
}
