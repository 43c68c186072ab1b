package architecture

import (
	"path/filepath"
	"strings"
	"testing"
)

// layers are the parts of a community from the ground up. A part may hold those that come
// before it in this list. What it needs of others it is given as functions, when the
// community is put together.
var layers = [][]string{
	{"settingPast", "reasons"}, // what was set
	{"names", "door", "throttle", "otherBots", "misread", "choices", "signs", "clock", "duty"}, // how rooms are called; what changes a homeserver, and how fast
	{"heard", "logRoom"},                 // the latest commands; where else is spoken
	{"voice"},                            // how far we are with speaking
	{"speaker"},                          // what is said to moderators
	{"far"},                              // how far a command is
	{"secrecy", "queue", "marks"},        // whom to believe; what is to be done; what is to be read
	{"management", "weigher", "aliases"}, // who commands; what lists may do without a yes
	{"ranks", "following", "protecting"}, // lists and rooms
	{"places"},                           // which part a room plays
	{"intake"},                           // what happens there
	{"surveying", "configured", "jobs"},  // reading all of it; what is set up; work under way
	{"outcomes", "evidence", "topics"},   // what becomes of work; what is kept; what waits for a yes
	{"listCases", "calls"},               // who is called for what is found
	{"consequences", "endings"},          // what follows from findings, and what of it ends
	{"loading"},                          // rooms that come later, after a restart
	{"progress"},                         // how far we are
	{"rounds"},                           // what is looked at by ourselves, and stored as a whole
	{"writing"},                          // who may write in them
	{"doors", "ruleEnds"},                // rooms that were closed, and rules that end by themselves
	{"postures"},                         // how strict we are
	{"gate"},                             // who has to accept rules first
	{"rulebook"},                         // the moderators' own
	{"standings"},                        // how all of them are set
	{"adopting", "greeting"},             // how they are set at first, and who is told
	{"protectors"},                       // findings
	{"appeals"},                          // what is said against it
	{"alerts"},                           // and what moderators say to them
	{"settled"},                          // what was decided otherwise
	{"cited"},                            // the messages that commands are about
	{"questions", "samples", "attached"}, // answers; what they mark; what they send
	{"orders", "messages"},               // commands
	{"onSite", "upgrades"},               // those that are given in protected rooms
	{"actions", "agreements"},            // what they have done, and what was agreed to
	{"visits", "accountWrites", "ruleWrites"},
	{"pictures"},
	{"imageChanges"},
	{"roomChanges", "listChanges", "protectionChanges", "modeChanges", "encryptionChanges"},
	{"leftSpaces", "turnedAway"},                     // what becomes of rooms of spaces
	{"spaces", "audits", "byHand", "listedRemovals"}, // with all that is in them
	{"settingCopy"},                                  // and how it was set
	{"caseDesk", "notes", "roleDesk", "byHandDesk"},  // what happened to single users
	{"executor"},
	{"remembering"},
	{"keys"},
	{"worldDesk", "namesDesk", "protectionDesk", "postureDesk", "whyDesk", "limitDesk", "questionDesk", "evidenceDesk", "upkeepDesk"}, // what they see
	{"ownRuleDesk", "sampleDesk", "presetDesk", "ladderDesk", "callDesk", "dutyDesk", "digestDesk", "statsDesk", "imageDesk", "muteDesk", "arrivalDesk", "lockDesk", "spaceDesk"},
	{"invites", "succession"}, // where we are asked to, and where the moderators went
	{"direct", "logins", "colleagues", "verifications", "inquiries", "describing", "digests"}, // all else that we hear
	{"regular"}, // what comes by itself, at times
	{"hearing"},
}

// TestPartsOfACommunityHaveAnOrder: none of them holds one that is after it, and none
// holds the whole.
func TestPartsOfACommunityHaveAnOrder(t *testing.T) {
	const whole = "Community"
	root := filepath.ToSlash(filepath.Join("..", "..", "community"))
	types := map[string]*size{}
	for path, size := range sizes(t, root) {
		if name, here := strings.CutPrefix(path, root+"."); here {
			types[name] = size
		}
	}
	at := map[string]int{}
	for n, layer := range layers {
		for _, part := range layer {
			at[part] = n
			if types[part] == nil {
				t.Errorf("there is no %s", part)
			}
		}
	}
	for name, size := range types {
		if name == whole {
			continue
		}
		if size.holds[whole] {
			t.Errorf("%s holds the whole community", name)
		}
		mine, placed := at[name]
		for other := range size.holds {
			switch theirs, part := at[other]; {
			case part && !placed:
				t.Errorf("%s holds %s, and has no place among the layers", name, other)
			case part && theirs >= mine:
				t.Errorf("%s holds %s, which is not before it", name, other)
			}
		}
	}
}
