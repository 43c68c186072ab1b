package commands

import (
	"math"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
)

// levelFake has three rooms: one in which all may be done, one in which we may not, and one
// that the user's creator made.
type levelFake struct{}

func (levelFake) Levels(user, by id.UserID, level int64, in []id.RoomID) (all []LevelChange) {
	if user == "@nobody:hs" {
		return nil
	}
	for _, l := range []LevelChange{
		{Room: "!lobby:ours.example", By: 100},
		{Room: "!dev:ours.example", By: 100, Refused: "I need power level 100 to set m.room.power_levels and have 50"},
		{Room: "!lost:ours.example", By: 50, Now: 20},
	} {
		if level >= 50 && l.Now < 50 {
			l.Gains = []string{"ban", "remove members"}
			l.Passes = []id.UserID{"@helper:hs"}
		}
		if user == "@high:hs" {
			l.Now, l.Over, l.Below = math.MaxInt64, true, []id.UserID{"@helper:hs"}
		}
		if user == "@mod50:hs" {
			l.Now, l.Gains, l.Passes, l.Loses = 50, nil, nil, []string{"ban"}
			l.Below = []id.UserID{"@helper:hs"}
		}
		if len(in) == 0 || slices.Contains(in, l.Room) {
			all = append(all, l)
		}
	}
	return all
}

func TestPowerLevel(t *testing.T) {
	expect(t, newWorld(), "powerlevel @u:hs moderator", nil, "I would set the power level of `@u:hs` to 50 in [Lobby]", "and [Lost]",
		"- [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example): now 0. They could then ban and remove members. They would stand above `@helper:hs`",
		"Not in:\n- [Dev", "I need power level 100", "Give `@u:hs` level 50?")
	expect(t, newWorld(), "powerlevel @u:hs 50 #lobby:ours.example --no-confirm", []string{"set_level @u:hs in !lobby:ours.example because \"\""}, "Setting the power level of `@u:hs` to 50 in [Lobby]")
	expect(t, newWorld(), "powerlevel @u:hs 10 #lobby:ours.example !lost:ours.example", []string{"set_level @u:hs in !lobby:ours.example because \"\"", "set_level @u:hs in !lost:ours.example because \"\""}, "to 10 in [Lobby]")
	expect(t, newWorld(), "powerlevel @u:hs 10", []string{"set_level @u:hs in !lobby:ours.example because \"\"", "set_level @u:hs in !lost:ours.example because \"\""}, "to 10 in [Lobby]")
	expect(t, newWorld(), "powerlevel @u:hs 60", nil, "to 60 in [Lobby]", "[Lost](https://matrix.to/#/%21lost:ours.example?via=ours.example): you have level 50 there, and give no more than that")
	expect(t, newWorld(), "powerlevel @mod50:hs 0 #lobby:ours.example", nil, "could no longer ban", "`@helper:hs` would stand above them", "level 0?")
	expect(t, newWorld(), "powerlevel @u:hs user #lobby:ours.example", nil, "has level 0 already")
	for line, want := range map[string]string{
		"powerlevel @high:hs 0":                 "they stand as high as you there",
		"powerlevel @u:hs 50 !dev:ours.example": "I set no level of `@u:hs`. Not in:",
		"powerlevel @nobody:hs 50":              "is in none of the rooms",
		"powerlevel @u:hs fifty":                "is no power level",
		"powerlevel @u:hs 9007199254740992":     "is no power level",
		"powerlevel @u:hs 1e3":                  "is no power level",
		"powerlevel @u*:hs 50":                  "is a pattern",
		"powerlevel @warden:ours.example 100":   "That is me.",
		"powerlevel @u:hs 50 #other:hs":         "I protect no room",
		"powerlevel @u:hs":                      "Usage",
	} {
		expect(t, newWorld(), line, nil, want)
	}
}

func TestAliasesAndDirectory(t *testing.T) {
	for line, tc := range map[string]struct {
		did  []string
		want string
	}{
		"alias add #new:ours.example #lobby:ours.example":                {[]string{"point_alias !lobby:ours.example"}, "`#new:ours.example` leads to [Lobby]"},
		"alias add #new:OURS.example !coc:ours.example":                  {[]string{"point_alias !coc:ours.example"}, "leads to [Code of conduct]"},
		"alias add #also:ours.example #lobby:ours.example":               {nil, "already"},
		"alias add #also:ours.example !dev:ours.example":                 {nil, "`!forseti alias move #also:ours.example !dev:ours.example`"},
		"alias add #new:else.example #lobby:ours.example":                {nil, "belongs to another server"},
		"alias add new #lobby:ours.example":                              {nil, "Usage"},
		"alias add !lobby:ours.example !dev:ours.example":                {nil, "is no address of a room"},
		"alias add #new:ours.example !other:else.example":                {nil, "is no room that I protect"},
		"alias move #also:ours.example !dev:ours.example":                {nil, "and no longer to [Lobby]"},
		"alias move #theirs:ours.example !dev:ours.example --no-confirm": {[]string{"point_alias !dev:ours.example"}, "leads to [Dev"},
		"alias move #lobby:ours.example !dev:ours.example":               {nil, "main address, which its settings go on saying"},
		"alias move #new:ours.example !dev:ours.example":                 {nil, "leads nowhere. `!forseti alias add"},
		"alias remove #also:ours.example --no-confirm":                   {[]string{"drop_alias !lobby:ours.example"}, "no longer leads to [Lobby]"},
		"alias remove #theirs:ours.example":                              {nil, "none of your rooms"},
		"alias remove #new:ours.example":                                 {nil, "leads nowhere"},
		"directory publish #lobby:ours.example":                          {nil, "anybody could find it there"},
		"directory publish #lobby:ours.example --no-confirm":             {[]string{"list !lobby:ours.example"}, "is in the directory of `ours.example` now"},
		"directory publish !coc:ours.example":                            {nil, "only rooms to the world that I protect"},
		"directory publish !mods:ours.example":                           {nil, "only rooms to the world that I protect"},
		"directory unpublish #lobby:ours.example":                        {[]string{"unlist !lobby:ours.example"}, "not in the directory of `ours.example` now"},
		"directory unpublish !other:else.example":                        {nil, "is no room that I protect"},
	} {
		expect(t, newWorld(), line, tc.did, tc.want)
	}
}
