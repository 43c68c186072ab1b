package commands

import (
	"fmt"
	"strings"

	"forseti/protections"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

// WatchWords say what watches over the protected rooms, what follows, and how it is changed.
func WatchWords(all []ProtectionInfo) string {
	var on, shadow, fixed []string
	for _, p := range all {
		switch {
		case p.Mode == kit.Off && !p.Raised:
			continue
		case p.Mode == kit.Shadow:
			shadow = append(shadow, text.Code(p.called()))
			continue
		}
		on = append(on, text.Code(p.called()))
		for _, s := range p.Settings {
			if s.Name == "consequence" && s.Value != (sanction.Consequence{}).String() && p.Rule == "" {
				fixed = append(fixed, fmt.Sprintf("%s of %s", text.Code(s.Value), text.Code(p.called())))
			}
		}
	}
	recommended := text.Code("!forseti preset use " + protections.Recommended)
	if len(on)+len(shadow) == 0 {
		return fmt.Sprintf("**No protection is on**: I carry out what lists and moderators say, and nothing else. %s sets them as recommended, and %s says what that does.",
			recommended, text.Code("!forseti preset show "+protections.Recommended))
	}
	var said strings.Builder
	if len(on) > 0 {
		fmt.Fprintf(&said, "%s over what is said and done: %s. What follows goes by how much somebody did, from the removal of a message to a mute and a ban from the room, and is told here",
			pick(len(on) == 1, "One protection watches", fmt.Sprintf("%d protections watch", len(on))), text.And(on))
		if len(fixed) > 0 {
			fmt.Fprintf(&said, "; always the same is %s", text.And(fixed))
		}
		said.WriteString(".")
	}
	if len(shadow) > 0 {
		said.WriteString(pick(len(on) > 0, " ", "") + fmt.Sprintf("In shadow, and so only telling what they would do: %s.", text.And(shadow)))
	}
	return said.String() + " `!forseti protections` shows and `!forseti disable <protection>` switches one, `!forseti preset list` all."
}
