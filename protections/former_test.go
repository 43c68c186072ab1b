package protections

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"forseti/protections/kit"
)

// nothingOn is how a new community stands.
func nothingOn() (a Arrangement) {
	for _, kind := range Kinds() {
		a = append(a, Arranged{Kind: kind})
	}
	return a
}

// byPreset is how one stands that was set up with a preset.
func byPreset(name string) Arrangement {
	p, _ := FindPreset(name)
	a := nothingOn()
	for i := range a {
		a[i].Standing, _ = p.Of(a[i].Kind.Name)
	}
	return a
}

// mjolnir is what it stores, as it stores it.
func mjolnir() (f Former) {
	f.Enabled(json.RawMessage(`{"enabled":["BasicFloodingProtection","FirstMessageIsImageProtection","FirstMessageIsLinkProtection","MessageIsVoiceProtection","MessageIsVideoProtection","WordList","MentionSpam","JoinWaveShortCircuit","DetectFederationLag","TrustedReporters","NsfwProtection"]}`))
	f.Set("BasicFloodingProtection", json.RawMessage(`{"maxPerMinute":15}`))
	f.Set("JoinWaveShortCircuit", json.RawMessage(`{"maxPer":5000,"timescaleMinutes":30}`))
	f.Set("MentionSpam", json.RawMessage(`{"maxMentions":"ten"}`))
	f.Set("DetectFederationLag", json.RawMessage(`{"federatedHomeserverLagEnterWarningZone":240000,"bucketNumber":60}`))
	f.Set("TrustedReporters", json.RawMessage(`{"mxids":["@a:b"]}`))
	return f
}

// draupnir is what it stores, as it stores it.
func draupnir() (f Former) {
	f.Enabled(json.RawMessage(`{"enabled":["BanPropagationProtection","MemberBanSynchronisationProtection","ServerBanSynchronisationProtection","RedactionSynchronisationProtection","PolicyChangeNotification","JoinRoomsOnInviteProtection","RoomsSetBehaviourProtection","InvalidEventProtection","DraupnirNews","MentionLimitProtection","MembershipChangeProtection","MessageIsMediaProtection","NewJoinerProtection"],"ge.applied-langua.ge.draupnir.schema_version":8}`))
	f.Set("MentionLimitProtection", json.RawMessage(`{"maxMentions":3,"warningText":"Please, no.","includeLegacyMentions":true}`))
	f.Set("MembershipChangeProtection", json.RawMessage(`{"maxChangesPerUser":1,"timescaleMinutes":60,"ge.applied-langua.ge.draupnir.schema_version":1}`))
	f.Provided("MembershipChangeProtection", json.RawMessage(`{"userConsequences":{"capability_provider_name":"SimulatedUserConsequences"}}`))
	f.Provided("MessageIsMediaProtection", json.RawMessage(`{"eventConsequences":{"capability_provider_name":"StandardEventConsequences"},"x":{"capability_provider_name":"SimulatedX"}}`))
	return f
}

func TestFormer(t *testing.T) {
	for _, tc := range []struct {
		name    string
		from    Former
		now     Arrangement
		want    string
		came    []string
		missing []string
	}{
		{
			"mjolnir", mjolnir(), nothingOn(),
			"[flooding]\nmode = on\nmessages = 15\nwithin = 1m\n\n[lag]\nmode = on\nlag = 4m\n\n[first-message]\nmode = on\nrefuse = inline link picture video\n\n" +
				"[join-wave]\nmode = on\njoins = 1000\nwithin = 30m\n\n[mentions]\nmode = on\n\n[media]\nmode = on\nexempt-trust = none\nrefuse = sound video voice\n\n[words]\nmode = on\n",
			[]string{"`BasicFloodingProtection` is `flooding` here, and on, with `messages` `15` and `within` `1m`", "`WordList` is `words` here, and on; its words stood in the configuration file"},
			[]string{"`bucketNumber` of `DetectFederationLag`", "`maxMentions` of `MentionSpam`", "`NsfwProtection`: `known-images` knows", "`TrustedReporters`: "},
		}, {
			"draupnir", draupnir(), nothingOn(),
			"[invalid]\nmode = on\n\n[churn]\nmode = shadow\nmoves = 2\nwithin = 1h\n\n[mentions]\nmode = on\nusers = 3\n\n[media]\nmode = on\nexempt-trust = none\nrefuse = inline picture video\n\n[joiners]\nmode = on\n",
			[]string{"`MembershipChangeProtection` is `churn` here, and in shadow, with `moves` `2` and `within` `1h`"},
			[]string{"`BanPropagationProtection`: ", "`DraupnirNews`: ", "`JoinRoomsOnInviteProtection`: ", "`includeLegacyMentions` of `MentionLimitProtection`", "`warningText` of `MentionLimitProtection`",
				"`PolicyChangeNotification`: ", "`RedactionSynchronisationProtection`: ", "`RoomsSetBehaviourProtection`: "},
		}, {
			// What the preset has on does not go down by it, but for what they had for everybody.
			"over a preset", draupnir(), byPreset(Recommended),
			"[invalid]\nmode = on\n\n[churn]\nmode = on\nmoves = 2\nwithin = 1h\n\n[mentions]\nmode = on\nusers = 3\n\n[media]\nmode = on\nexempt-trust = none\nrefuse = inline picture video\n\n[joiners]\nmode = on\n",
			nil, nil,
		}, {
			"what is refused already goes on to be", func() (f Former) {
				f.Enabled(json.RawMessage(`{"enabled":["FirstMessageIsLink"]}`))
				return f
			}(), func() Arrangement {
				kind, _ := Find("first-message")
				return Arrangement{{Kind: kind, Standing: on("refuse", "forward picture").standing()}}
			}(), "[first-message]\nmode = on\nrefuse = forward link picture\n", nil, nil,
		},
	} {
		got := tc.from.Over(tc.now)
		_, body, _ := strings.Cut(Whole{Protections: got.To}.String(), "stays as it is.\n\n")
		if sorted(body) != sorted(tc.want) {
			t.Errorf("%s:\n%s", tc.name, body)
		}
		for _, want := range tc.came {
			if !slices.ContainsFunc(got.Came, func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("%s: %s is not in %q", tc.name, want, got.Came)
			}
		}
		if len(tc.missing) != len(got.Missing) && tc.missing != nil {
			t.Errorf("%s: %q", tc.name, got.Missing)
		}
		for _, want := range tc.missing {
			if !slices.ContainsFunc(got.Missing, func(line string) bool { return strings.HasPrefix(line, want) }) {
				t.Errorf("%s: %s is not in %q", tc.name, want, got.Missing)
			}
		}
	}
}

// sorted has the sections of a text in order.
func sorted(text string) string {
	sections := strings.Split(strings.TrimSpace(text), "\n\n")
	slices.Sort(sections)
	return strings.Join(sections, "\n\n")
}

// Every row of the table fits what there is, and its bounds are those of the settings.
// The page about migrating names each.
func TestCounterparts(t *testing.T) {
	page, err := os.ReadFile("../docs/migrating.md")
	if err != nil {
		t.Fatal(err)
	}
	told := strings.ToLower(string(page))
	for name, c := range counterparts() {
		if !strings.Contains(told, name) || c.ours != "" && !strings.Contains(told, "`"+c.ours+"`") {
			t.Errorf("docs/migrating.md does not say what %s is here", name)
		}
		if c.ours == "" {
			continue
		}
		kind, ok := Find(c.ours)
		if !ok {
			t.Errorf("%s: there is no %s", name, c.ours)
			continue
		}
		pairs := slices.Clone(c.sets)
		if c.with != "" {
			pairs = append(pairs, c.with, c.value)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			if values, err := kind.Set(nil, pairs[i], pairs[i+1]); err != nil || values[pairs[i]] != pairs[i+1] {
				t.Errorf("%s: %v %v", name, values, err)
			}
		}
		for _, n := range c.numbers {
			for value, fits := range map[int]bool{n.low: true, n.high: true, n.low - 1: false, n.high + 1: false} {
				v := carried{kind: kind}
				v.set(n.ours, jsonNumber(value)+n.unit)
				if !fits && n.unit != "" {
					continue // the unit may be finer than the bound
				}
				if (len(v.changed) > 0 || defaultOf(kind, n.ours) == v.values[n.ours]) != fits {
					t.Errorf("%s: %d fits %s: %v", name, value, n.ours, !fits)
				}
			}
		}
	}
}

func jsonNumber(n int) string {
	raw, _ := json.Marshal(n)
	return string(raw)
}

// Whatever is stored there, nothing is set that does not work.
func FuzzFormer(f *testing.F) {
	f.Add([]byte(`{"enabled":["MentionSpam"]}`), []byte(`{"maxMentions":1e99}`), "MentionSpam")
	f.Add([]byte(`{"enabled":"MentionSpam"}`), []byte(`[{}]`), "")
	f.Add([]byte(`{"enabled":[["MentionSpam"],7,"`+strings.Repeat("x", 300)+`","\u202e@room","MessageIsMedia"]}`), []byte(`{"maxPerMinute":-5,"a":{}}`), "BasicFlooding")
	f.Fuzz(func(t *testing.T, enabled, setting []byte, name string) {
		var from Former
		from.Enabled(enabled)
		from.Set(name, setting)
		from.Provided(name, setting)
		for _, now := range []Arrangement{nothingOn(), byPreset(Recommended)} {
			before := maps.Collect(func(yield func(string, kit.Mode) bool) {
				for _, one := range now {
					if !yield(one.Kind.Name, one.Standing.Mode) {
						return
					}
				}
			})
			a := from.Over(now)
			for _, one := range a.To {
				if problems := one.Kind.Problems(one.Standing); len(problems) > 0 {
					t.Fatalf("%s: %v", one.Kind.Name, problems)
				}
				if one.Standing.Mode < before[one.Kind.Name] {
					t.Fatalf("%s went down", one.Kind.Name)
				}
			}
			for _, line := range append(a.Came, a.Missing...) {
				if len(line) > 2000 || strings.ContainsAny(line, "\n\u202e") {
					t.Fatalf("%q", line)
				}
			}
		}
	})
}
