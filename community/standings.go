package community

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// protectionNamespace holds, per protection, how moderators set it.
const protectionNamespace = "protection"

// standings are the protections and rules as moderators set them. What runs is in step with
// it, and with the posture.
type standings struct {
	log     zerolog.Logger
	commits *commits.Writer
	speaker *speaker
	names   names
	set     *kit.Set
	rules   *rulebook
	of      map[string]kit.Standing
	// happened remembers what was changed though no command asked for it.
	happened func(all []commands.SettingChange, by id.UserID, why string, at time.Time)
}

// load sets the protections as they are stored. What was valid once and is not any
// more is told once, and does not keep a protection from running.
func (st *standings) load(stored map[string]json.RawMessage) {
	for name, raw := range stored {
		var s kit.Standing
		kind, known := st.rules.find(name)
		switch err := json.Unmarshal(raw, &s); {
		case err != nil:
			st.log.Error().Err(err).Str("protection", name).Msg("Stored settings not read")
			st.speaker.problem(settingsOf(name), fmt.Sprintf("How the protection %s was set cannot be read any more, so it is off. %s switches it on.",
				text.Code(name), text.Code("!forseti enable "+name)))
		case !known && s.Runs():
			st.speaker.problem(settingsOf(name), fmt.Sprintf("The protection %s was on, and this version has none of that name.", text.Code(name)))
		case known:
			st.apply(kind, s)
		}
	}
}

// apply brings the running set in step with how a protection stands, and tells which
// of its settings do not work.
func (st *standings) apply(kind kit.Kind, s kit.Standing) {
	st.of[kind.Name] = s
	st.set.Use(kind, s.Raised(kind, st.set.Posture))
	var lines []string
	for _, problem := range kind.Problems(s) {
		where := ""
		if problem.Room != "" {
			where = " for " + text.Code(string(problem.Room))
		}
		lines = append(lines, fmt.Sprintf("The stored setting %s of the protection %s%s does not work any more, so it runs without: %s.",
			text.Code(problem.Setting), text.Code(kind.Name), where, text.Escape(problem.Err.Error(), text.MostReason)))
	}
	key := settingsOf(kind.Name)
	if len(lines) == 0 {
		st.speaker.report.Problems.Solved(key)
		return
	}
	st.speaker.problem(key, strings.Join(lines, "\n\n"))
}

func settingsOf(protection string) report.Key {
	return report.Key{Kind: report.Protection, Subject: "settings of " + protection}
}

// unasked sets how a protection stands though no command asked for it, and has remembered what did it.
func (st *standings) unasked(kind kit.Kind, to kit.Standing, why string) {
	st.note(kind, to, "", why)
	st.change(kind, to)
}

// note remembers that a protection comes to stand otherwise: by whom, or by what.
func (st *standings) note(kind kit.Kind, to kit.Standing, by id.UserID, why string) {
	st.happened(st.info(kind, st.of[kind.Name]).Moved(st.info(kind, to)), by, why, time.Now())
}

// shifted remembers that another posture came, and what acts otherwise than it is set by that, or no more.
func (st *standings) shifted(from, to sanction.Posture) {
	one := commands.SettingChange{Name: commands.PostureSet, Set: "posture …", From: from.String(), To: to.String()}
	for _, kind := range st.rules.kinds() {
		s := st.of[kind.Name]
		for _, moved := range st.info(kind, s.Raised(kind, from)).Moved(st.info(kind, s.Raised(kind, to))) {
			one.Of = append(one.Of, moved.Name)
		}
	}
	st.happened([]commands.SettingChange{one}, "", "the posture", time.Now())
}

// change sets how a protection stands. What no command asked for goes through unasked: of a command
// it is compared how all stood before it and after it.
func (st *standings) change(kind kit.Kind, to kit.Standing) {
	st.released(kind.Name, to)
	st.speaker.report.Problems.Solved(failureOf(kind.Name)) // somebody has looked at it
	st.apply(kind, to)
	st.commits.Setting(protectionNamespace, kind.Name, to)
}

func (st *standings) infos() []commands.ProtectionInfo {
	var infos []commands.ProtectionInfo
	for _, kind := range st.rules.kinds() {
		infos = append(infos, st.info(kind, st.of[kind.Name]))
	}
	return infos
}

// info is how a protection would stand.
func (st *standings) info(kind kit.Kind, s kit.Standing) commands.ProtectionInfo {
	info := commands.ProtectionInfo{Rule: st.rules.written(kind.Name), Name: kind.Name, Summary: kind.Summary, Mode: s.Mode, Raised: s.Raised(kind, st.set.Posture).Mode != s.Mode, Settings: kind.Settings(s, "")}
	for _, room := range slices.Sorted(maps.Keys(s.Rooms)) {
		local := commands.LocalProtection{Room: room, Switched: s.Rooms[room].Mode != nil}
		local.Mode, _ = s.In(room)
		for _, setting := range kind.Settings(s, room) {
			if _, own := s.Own(room)[setting.Name]; own {
				local.Settings = append(local.Settings, setting)
			}
		}
		info.Rooms = append(info.Rooms, local)
	}
	return info
}

// in names the protections that are in a mode in any room.
func (st *standings) in(mode kit.Mode) []string {
	var names []string
	for _, kind := range st.rules.kinds() {
		if st.of[kind.Name].Somewhere(mode) {
			names = append(names, kind.Name)
		}
	}
	return names
}

// exempting is how a protection would stand that leaves some users alone, also where a room
// says otherwise than all others. A name that could be read as a pattern would free others
// with it.
func (st *standings) exempting(name string, users []id.UserID) (to kit.Standing, err error) {
	const exempt, wild = "exempt-users", "*? ,\t"
	kind, ok := st.rules.find(name)
	if !ok {
		return to, fmt.Errorf("there is no protection %s", text.Code(name))
	}
	for _, u := range users {
		if strings.ContainsAny(string(u), wild) {
			return to, fmt.Errorf("%s could be read as a pattern", text.Code(string(u)))
		}
	}
	to = st.of[kind.Name]
	for _, room := range append([]id.RoomID{""}, slices.Sorted(maps.Keys(to.Rooms))...) {
		own := to.Own(room)
		before, set := own[exempt]
		if room != "" && !set {
			continue
		}
		words := strings.Fields(before)
		if _, free := kind.Set(nil, exempt, before); !set || free != nil || before == "none" {
			words = nil
		}
		for _, u := range users {
			words = append(words, string(u))
		}
		values, err := kind.Set(own, exempt, strings.Join(words, " "))
		if err != nil {
			return to, err
		}
		to = to.WithValues(room, values)
	}
	return to, nil
}

// restand has a protection stand as it is stored already, by whoever wanted it.
func (st *standings) restand(s store.NewSetting, by id.UserID) {
	kind, known := st.rules.find(s.Key)
	if to, ok := s.Value.(kit.Standing); known && ok {
		st.note(kind, to, by, "")
		st.apply(kind, to)
	}
}

// turned has the protections follow the posture. How they are set stays as it is.
func (st *standings) turned(to sanction.Posture) {
	st.set.Posture = to
	for _, kind := range st.rules.kinds() {
		st.set.Use(kind, st.of[kind.Name].Raised(kind, to))
	}
}
