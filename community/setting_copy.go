package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"forseti/commands"
	"forseti/community/echo"
	"forseti/protections"
	"forseti/text"
)

const (
	// typeSettings is account data in which a copy of the settings is kept, where a start with
	// an empty database finds them.
	typeSettings = "org.forseti.settings"
	// mostCopied is how many bytes the copy may have; what was set long ago is left out of it
	// first. Homeservers take about as much as an event holds.
	mostCopied = 55_000
)

// settingCopy keeps a copy of what moderators set, and takes it up again. What is learned, what is
// under way, and what single rooms and members are about, is not in it.
type settingCopy struct {
	account    *accountWrites
	protectors *protectors
	weigher    *weigher
	roles      *ranks
	byHand     *byHand
	adopting   *adopting
	past       *settingPast
	reasons    *reasons
	byDefault  commands.Limits
	under      bool // way
}

// copiedSettings is the copy.
type copiedSettings struct {
	Protections string                   `json:"protections"` // as `protections export` writes them
	Limits      commands.Limits          `json:"limits"`      // that are otherwise than in the configuration
	Roles       *commands.Roles          `json:"roles,omitempty"`
	ByHand      commands.ByHandMode      `json:"by_hand,omitempty"`
	Reasons     map[string]string        `json:"reasons,omitempty"`
	Past        []commands.SettingChange `json:"past,omitempty"` // the oldest first
}

// keep has the copy written if it is not what there is. The owner calls it. In a dry run it
// waits for the end of that, which is a setting too; what fails, for the next change or start.
func (s *settingCopy) keep() {
	if s.adopting.pending || s.under || len(s.past.all) == 0 {
		return
	}
	content := s.content()
	if echo.Same(s.account.configured.content[typeSettings], content) {
		return
	}
	s.under = true
	again := func(err error) {
		s.under = false
		if err == nil {
			s.account.commits.State(s.account.configured.apply(accountEvent(typeSettings, content))...)
			s.keep() // for more may have been set meanwhile
		}
	}
	s.account.loop.Later("keep a copy of the settings", func(ctx context.Context) {
		err := s.account.write(ctx, run{}, typeSettings, content)
		s.account.loop.Post(func() { again(err) })
	}, again)
}

// content is the copy as it is written.
func (s *settingCopy) content() json.RawMessage {
	of := copiedSettings{
		Protections: s.protectors.whole().String(), Limits: s.weigher.shownLimits().Apart(s.byDefault),
		Roles: &s.roles.set, ByHand: s.byHand.mode, Reasons: s.reasons.of, Past: s.past.all,
	}
	for {
		content, _ := json.Marshal(of) // of plain values, which always works
		if len(content) <= mostCopied || len(of.Past) == 0 {
			return content
		}
		of.Past = of.Past[len(of.Past)/2+1:]
	}
}

// restore takes up the copy, and says so; "" if there is none. It is done once, on a first start.
func (s *settingCopy) restore(content json.RawMessage, now time.Time) string {
	var of copiedSettings
	if json.Unmarshal(content, &of) != nil || of.Protections == "" {
		return ""
	}
	to, err := protections.ReadWhole(of.Protections, s.protectors.vocabulary())
	if err == nil {
		err = s.protectors.arrange(to, now)
	}
	if err != nil {
		return text.Paragraphs("There is a copy of my settings in my account, and I cannot read what it says of protections, so they are as new: " + text.Markup(err.Error()))
	}
	s.weigher.useLimits(of.Limits)
	s.weigher.commits.Setting(modeNamespace, limitsKey, s.weigher.shownLimits().Apart(s.byDefault))
	if of.Roles != nil && slices.IsSorted(of.Roles.Levels[:]) {
		s.roles.change(*of.Roles)
	}
	if slices.Contains(commands.ByHandModes(), of.ByHand) {
		s.byHand.set(of.ByHand)
	}
	if len(of.Reasons) > 0 {
		s.reasons.set(of.Reasons)
	}
	for _, one := range of.Past {
		s.past.remember(one)
	}
	return "My database is new, and my settings are as they were, from the copy in my account: `!forseti settings` shows them."
}
