package commands

import (
	"strings"
	"testing"
)

// Whoever comes from another bot hears what its commands are called here, and nothing of ours is
// taken for one of theirs.
func TestFormer(t *testing.T) {
	set := newSet(newWorld())
	ours := map[string]bool{}
	for _, c := range set.commands {
		for _, name := range append([]string{c.name}, c.also...) {
			ours[name] = true
		}
	}
	for there, here := range former {
		p := set.Plan(t.Context(), Request{Sender: mod}, there+" @u:hs")
		switch {
		case ours[there]:
			t.Errorf("%s is a command of ours", there)
		case here != "" && !ours[here]:
			t.Errorf("%s is said to be %s here, which there is not", there, here)
		case !p.Misread || !strings.Contains(p.Answer, "`"+there+"`") || here != "" && !strings.Contains(p.Answer, "`!forseti "+here+"`"):
			t.Errorf("%s: %s", there, p.Answer)
		}
	}
	for line, want := range map[string]string{
		"Policy Remove @u:hs coc ban": "`!forseti rule remove`", "ignore @u:hs": "`!forseti exempt`", "deactivate @u:hs": "administrator", "bann @u:hs": "Did you mean `!forseti ban`?",
	} {
		expect(t, newWorld(), line, nil, want)
	}
}

// Of which kind whom a rule is about is may be written before it, as in Mjolnir. It decides nothing.
func TestKindWrittenOut(t *testing.T) {
	for line, rule := range map[string]string{
		"ban user @u:hs coc spam":                        `rule user "@u:hs" in !coc:ours.example because "spam", sure false`,
		"ban Server evil.example coc spam":               `rule server "evil.example" in !coc:ours.example because "spam", sure false`,
		"ban room #den:evil.example coc spam":            `rule room "#den:evil.example" in !coc:ours.example because "spam", sure false`,
		"ban server evil.example coc user @u:hs":         `rule server "evil.example" in !coc:ours.example because "user @u:hs", sure false`,
		"ban user @*spam*:evil.example coc --no-confirm": `rule user "@*spam*:evil.example" in !coc:ours.example because "", sure true`,
	} {
		expect(t, newWorld(), line, []string{rule})
	}
	for line, want := range map[string]string{
		"ban server @u:hs coc": "`server` is no user, server or room", "ban user": "`user` is no user", "ban \"user\" @u:hs coc": "is no user", "ban coc user @u:hs": "Write first whom to ban, then the list",
	} {
		expect(t, newWorld(), line, nil, want)
	}
}
