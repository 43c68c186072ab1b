package commands

import (
	"slices"
	"strings"
	"testing"

	"forseti/commands/grammar"
)

// Whatever has a name, a name that is nearly so is answered with it.
func TestNearNamesAreTold(t *testing.T) {
	w := newWorld()
	s := newSet(w)
	for line, want := range map[string]string{
		"list show cooc": "`coc`", "list rename cooc new": "`coc`", "list default cooc": "`coc`", "list exempt cooc on": "`coc`", "list export cooc": "`coc`",
		"unwatch cooc": "`coc`", "rules cooc": "`coc`", "exempt @a:b.example --from cooc": "`coc`", "ban @a:b.example --into cooc spam": "`coc`",
		"help bnas": "`!forseti ban`", "help lissts": "`!forseti lists`",
		"preset show publik support": "`public support`", "preset use public suport": "`public support`",
		"enable flodding": "`flooding`", "shadow floodng": "`flooding`", "disable fl": "`flooding`", "protections show floodig": "`flooding`",
		"protections config set floodig messages 6": "`flooding`", "protections config set flooding mesages 6": "`messages`",
		"rule show no-drive-buy": "`no-drive-by`", "rule enable no-drive-buy": "`no-drive-by`",
		"limits set membrs 5": "`members`", "alerts ping attck @room": "`attack`", "posture atack": "`attack`", "case 1 overtrn": "`overturn`",
		"roles set modrate 40": "`moderate`", "roles set bann 40": "`ban`", "by-hand aut": "`auto`", "reasons set bann spam": "`ban`", "settings byhand": "`by-hand`",
		"digest wekly": "`!forseti digest weekly`", "protections shwo": "`!forseti protections show`",
		"lockdown lobi": "`#lobby:ours.example`", "lockdown lobby": "`#lobby:ours.example`", "lockdown #loby:ours.example": "`#lobby:ours.example`", "rooms remove #loby:ours.example": "`#lobby:ours.example`",
		"acl #looby:ours.example": "`#lobby:ours.example`", "mute @a:b.example --room #loby:ours.example": "`#lobby:ours.example`", "since 1h --room lobi": "`#lobby:ours.example`",
	} {
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1", Room: "!mods:ours.example"}, line)
		if len(p.Steps) > 0 || !strings.Contains(p.Answer, "Did you mean "+want) {
			t.Errorf("%s: %s", line, p.Answer)
		}
	}
	// Nothing is named that is not near, and what somebody calls a room is no markup.
	for _, line := range []string{"list show entirely-different", "lockdown entirely-different", "lockdown !loby:ours.example", "enable entirely-different"} {
		if p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1"}, line); strings.Contains(p.Answer, "Did you mean") {
			t.Errorf("%s: %s", line, p.Answer)
		}
	}
	w.rooms = append(slices.Clone(w.rooms), Room{ID: "!x:ours.example", Name: "**Kitchen** @room"})
	if p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1"}, "lockdown "+grammar.Quote("**Kitchn** @room")); !strings.Contains(p.Answer, `\*\*Kitchen\*\*`) || !strings.Contains(p.Answer, "`!x:ours.example`") {
		t.Errorf("%s", p.Answer)
	}
}
