package community

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/echo"
	"forseti/community/report"
	"forseti/protections"
	"forseti/text"
	"forseti/wire"
)

const (
	// typeSettings begins the type of account data in which a copy of the settings is kept, where a
	// start with an empty database finds them: each community that the account serves has its own.
	// One of just this type is of before that.
	typeSettings = "org.forseti.settings"
	// mostCopied is how many bytes the copy may have; what was set long ago is left out of it
	// first. Homeservers take about as much as an event holds.
	mostCopied = 55_000
	// mostRead is how many bytes a copy has at the most that is read.
	mostRead = 4 * mostCopied
	// copyForm is of what form our copies are. One of a later form may say what we do not know of.
	copyForm = 1
	// copyKey is where it is stored which copy was ours, and copyTypeKey where it is kept, in
	// modeNamespace: that stays though the management room is replaced.
	copyKey     = "setting_copy"
	copyTypeKey = "setting_copy_type"
)

// copyType is where the copy of a community is kept that begins in a room.
func copyType(management id.RoomID) string {
	sum := sha256.Sum256([]byte(management))
	return typeSettings + "." + base64.RawURLEncoding.EncodeToString(sum[:12])
}

// isCopy tells whether account data is a copy of somebody's settings.
func isCopy(kind string) bool {
	return kind == typeSettings || strings.HasPrefix(kind, typeSettings+".")
}

// copies are those of all communities of the account, by where they are kept.
type copies map[string]json.RawMessage

// of finds the one of a community by its management room; of several that of its own type. One of
// before communities had their own is taken if there is none else.
func (c copies) of(management id.RoomID) (kind string, content json.RawMessage) {
	own := copyType(management)
	if !noCopy(c[own]) {
		return own, c[own]
	}
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		if kind != typeSettings && wire.Read(c[kind]).Short("room", 255) == string(management) {
			return kind, c[kind]
		}
	}
	return own, c[typeSettings]
}

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
	room       id.RoomID
	under      bool // way
}

// kind is where the copy is kept.
func (s *settingCopy) kind() string { return cmp.Or(s.past.copyType, copyType(s.room)) }

// copiedSettings is the copy.
type copiedSettings struct {
	Form        int                      `json:"form"`
	Room        id.RoomID                `json:"room,omitempty"` // where moderators command
	Protections string                   `json:"protections"`    // as `protections export` writes them
	Limits      commands.Limits          `json:"limits"`         // that are otherwise than in the configuration
	Roles       *commands.Roles          `json:"roles,omitempty"`
	ByHand      commands.ByHandMode      `json:"by_hand,omitempty"`
	Reasons     map[string]string        `json:"reasons,omitempty"`
	Past        []commands.SettingChange `json:"past,omitempty"` // the oldest first
}

// keep has the copy written if it is not what there is. The owner calls it. In a dry run it
// waits for the end of that, which is a setting too; what fails, for the next change or start.
// A copy that we cannot read stays: it may be all that is left of what somebody set.
func (s *settingCopy) keep() {
	if s.adopting.pending || s.under || len(s.past.all) == 0 {
		return
	}
	content := s.content()
	if echo.Same(s.there(), content) {
		s.solved()
		return
	}
	if why := s.foreign(); why != "" {
		s.unread(why, "What you set is not copied there meanwhile.")
		return
	}
	s.solved()
	s.under = true
	kind, former := s.kind(), s.former()
	again := func(err error) {
		s.under = false
		if err == nil {
			s.wrote(content)
			s.keep() // for more may have been set meanwhile
		}
	}
	s.account.loop.Later("keep a copy of the settings", func(ctx context.Context) {
		err := s.account.write(ctx, run{}, kind, content)
		if err == nil && former { // it would be taken for that of another community
			err = s.account.write(ctx, run{}, typeSettings, json.RawMessage("{}"))
		}
		s.account.loop.Post(func() { again(err) })
	}, again)
}

// anew writes the copy over whatever is there.
func (s *settingCopy) anew(ctx context.Context, by run) error {
	var content json.RawMessage
	kind := ""
	s.account.loop.See(func() { content, kind = s.content(), s.kind() })
	if err := s.account.write(ctx, by, kind, content); err != nil {
		return err
	}
	s.account.loop.See(func() {
		s.wrote(content)
		s.keep()
	})
	return nil
}

// there is the copy as it stands in the account.
func (s *settingCopy) there() json.RawMessage { return s.account.configured.content[s.kind()] }

// former tells whether we wrote the copy of before communities had their own.
func (s *settingCopy) former() bool {
	content := s.account.configured.content[typeSettings]
	return !noCopy(content) && s.past.ours == copyID(content)
}

// wrote takes in that a copy was written.
func (s *settingCopy) wrote(content json.RawMessage) {
	s.account.commits.State(s.account.configured.apply(accountEvent(s.kind(), content))...)
	s.keptAs(s.kind())
	s.past.ours = copyID(content)
	s.past.commits.Setting(modeNamespace, copyKey, s.past.ours)
	s.solved()
}

// keptAs notes where the copy is kept.
func (s *settingCopy) keptAs(kind string) {
	if s.past.copyType != kind {
		s.past.copyType = kind
		s.past.commits.Setting(modeNamespace, copyTypeKey, kind)
	}
}

// copyID tells copies apart, in whatever order and spacing the homeserver gives them back.
func copyID(content json.RawMessage) string {
	var plain any
	if json.Unmarshal(content, &plain) != nil {
		return ""
	}
	ordered, _ := json.Marshal(plain) // of plain values, which always works
	sum := sha256.Sum256(ordered)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// foreign says why what stands there must not be written over: it is none of ours, and we cannot
// read it. "" if it may be.
func (s *settingCopy) foreign() string {
	there := s.there()
	if s.past.ours != "" && copyID(there) == s.past.ours {
		return "" // though what it says of protections may not work any more
	}
	_, _, why := s.read(there)
	return why
}

// stands is how the copy stands, for a command. The owner calls it.
func (s *settingCopy) stands() commands.SettingCopy {
	there := s.there()
	return commands.SettingCopy{Kept: !noCopy(there), Same: echo.Same(there, s.content()), Unread: s.foreign()}
}

func (s *settingCopy) key() report.Key {
	return report.Key{Kind: report.Other, Subject: "copy of the settings"}
}

// unread tells once that there is a copy that cannot be read, and what to do.
func (s *settingCopy) unread(why, so string) {
	s.protectors.speaker.problem(s.key(), text.Paragraphs(
		fmt.Sprintf("There is a copy of my settings in my account that I cannot read: %s. I leave it as it is. %s", why, so),
		"If a newer version of me wrote it, whoever runs me can start that one with a new database: it takes the copy up. If nobody needs it, `!forseti settings copy renew` writes over it how I am set now."))
}

func (s *settingCopy) solved() { s.protectors.speaker.report.Problems.Solved(s.key()) }

// content is the copy as it is written.
func (s *settingCopy) content() json.RawMessage {
	of := copiedSettings{
		Form: copyForm, Room: s.room, Protections: s.protectors.whole().String(), Limits: s.weigher.shownLimits().Apart(s.byDefault),
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

// noCopy tells whether there is none. What is deleted of an account's data is an empty object.
func noCopy(content json.RawMessage) bool {
	fields := wire.Fields(content)
	return len(content) == 0 || fields != nil && len(fields) == 0
}

// copiedKeys are what a copy of ours has.
var copiedKeys = []string{"form", "room", "protections", "limits", "roles", "by_hand", "reasons", "past"}

// read reads a copy, all of it or nothing; why says what is wrong with it.
func (s *settingCopy) read(content json.RawMessage) (of copiedSettings, to protections.Whole, why string) {
	if noCopy(content) {
		return of, to, ""
	}
	if len(content) > mostRead {
		return of, to, "it is larger than any that I write"
	}
	fields := wire.Fields(content)
	if form, ok := wire.Integer(fields["form"]); ok && form > copyForm {
		return of, to, "a newer version of me wrote it"
	}
	for key := range fields {
		if !slices.Contains(copiedKeys, key) {
			return of, to, fmt.Sprintf("it says something that I do not know of (%s), as if a newer version of me had written it", text.Code(text.Clip(text.OneLine(key), 60)))
		}
	}
	if json.Unmarshal(content, &of) != nil || of.Protections == "" || of.Limits.Members < 0 || of.Limits.Percent < 0 || of.Limits.Within < 0 {
		return of, to, "it is damaged"
	}
	if of.Roles != nil && !slices.IsSorted(of.Roles.Levels[:]) || of.ByHand != "" && !slices.Contains(commands.ByHandModes(), of.ByHand) {
		return of, to, "what it says of roles, or of bans by hand, is nothing that I can be set to"
	}
	for name := range of.Reasons {
		if !slices.Contains(commands.Reasoned(), name) {
			return of, to, "it has a reason for a command that has none"
		}
	}
	to, err := protections.ReadWhole(of.Protections, s.protectors.vocabulary())
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return of, to, "what it says of protections does not work here (" + text.Markup(strings.TrimSuffix(first, ".")) + ")"
	}
	return of, to, ""
}

// restore takes up the copy, and says so; "" if there is none. It is done once, on a first start.
func (s *settingCopy) restore(all copies, now time.Time) string {
	kind, content := all.of(s.room)
	s.keptAs(kind)
	if noCopy(content) {
		return ""
	}
	of, to, why := s.read(content)
	if why == "" {
		if err := s.protectors.arrange(to, now); err != nil {
			why = text.Markup(err.Error()) // cannot be: it was read before
		}
	}
	if why != "" {
		s.unread(why, "My database is new, and so I am set as I was when I was new.")
		return ""
	}
	s.weigher.useLimits(of.Limits)
	s.weigher.commits.Setting(modeNamespace, limitsKey, s.weigher.shownLimits().Apart(s.byDefault))
	if of.Roles != nil {
		s.roles.change(*of.Roles)
	}
	if of.ByHand != "" {
		s.byHand.set(of.ByHand)
	}
	if len(of.Reasons) > 0 {
		s.reasons.set(of.Reasons)
	}
	for _, one := range of.Past[max(0, len(of.Past)-mostSet):] {
		s.past.remember(one)
	}
	return "My database is new, and my settings are as they were, from the copy in my account: `!forseti settings` shows them."
}
