package jssdk

import (
	"fmt"
	"forseti/internal/child"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// runProgram builds Forseti and runs it until the test ends. It returns once the
// program is ready.
func (s *setting) runProgram(account Login, management id.RoomID) (dir string) {
	s.Helper()
	dir = s.TempDir()
	bin, config := filepath.Join(dir, "forseti"), filepath.Join(dir, "forseti.yaml")
	if out, err := exec.CommandContext(s.ctx, "go", "build", "-tags", "goolm", "-o", bin, "forseti/cmd/forseti").CombinedOutput(); err != nil {
		s.Fatalf("build: %v\n%s", err, out)
	}
	s.must(os.WriteFile(config, fmt.Appendf(nil, `homeserver: {address: %q, user: %q, password: %q}
management_room: %q
database: {url: %q}
encryption: {key: a key for nothing but the test, send_to: cross-signed}
`, account.Homeserver, account.User, account.Password, management, "sqlite:"+filepath.Join(dir, "forseti.db")), 0o600))
	log, cmd := &lastWords{}, child.Bot(bin, config)
	cmd.Stderr = log
	program := try(child.Start(cmd, nil)).or(s)
	s.Cleanup(func() {
		program.Stop()
		if s.Failed() {
			s.Logf("what the program logged:\n%s", log)
		}
	})
	for !strings.Contains(log.String(), "Ready") {
		s.must(pause(s.ctx))
	}
	return dir
}

// enter has an account join rooms, as whoever sets a bot up does.
func (s *setting) enter(account Login, rooms ...id.RoomID) {
	s.Helper()
	cli := try(mautrix.NewClient(account.Homeserver, "", "")).or(s)
	try(cli.Login(s.ctx, &mautrix.ReqLogin{
		Type:       mautrix.AuthTypePassword,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(account.User)},
		Password:   account.Password, StoreCredentials: true,
	})).or(s)
	for _, room := range rooms {
		try(cli.JoinRoomByID(s.ctx, room)).or(s)
	}
	try(cli.Logout(s.ctx)).or(s)
}

// moderator is a person in a management room with the program.
type moderator struct {
	*setting
	*Client
	bot  id.UserID
	room id.RoomID
}

func (m *moderator) commands(text string) {
	m.Helper()
	try(m.SendText(m.ctx, m.room, "!forseti "+text)).or(m.T)
}

// told waits for the bot to say something with all of the words, in secret, and in
// a way in which a client that is strict about devices shows it.
func (m *moderator) told(words ...string) Message {
	m.Helper()
	said := try(m.AwaitMessage(m.ctx, func(said Message) bool {
		if said.Sender != m.bot || said.Room != m.room {
			return false
		}
		for _, word := range words {
			if !strings.Contains(said.Body(), word) {
				return false
			}
		}
		return true
	})).or(m.T)
	if !said.Encrypted || said.Shield != "NONE" {
		m.Errorf("js-sdk shows %+v", said)
	}
	return said
}

// The program as it is shipped, and a moderator who uses another client, one that
// shows nothing of devices that their owners have not signed: commands, answers,
// verification, and a flood in an encrypted room.
func TestProgram(t *testing.T) {
	s := newSetting(t)
	account, login := s.login("forseti"), s.login("alice")
	login.OnlySigned = true
	m := &moderator{setting: s, Client: ForTest(t, login), bot: account.User}
	try(m.Identify(s.ctx, "")).or(t)
	spammer := s.person("spammer")
	m.room = try(m.CreateRoom(s.ctx, false, account.User)).or(t)
	lobby := try(m.CreateRoom(s.ctx, false, account.User, spammer.User)).or(t)
	s.enter(account, m.room, lobby)
	s.must(spammer.Join(s.ctx, lobby))
	s.must(m.SetPower(s.ctx, lobby, account.User, 100))

	dir := s.runProgram(account, m.room)
	if key := try(os.ReadFile(filepath.Join(dir, "forseti-recovery-key.txt"))).or(t); len(strings.Fields(string(key))) != 12 {
		t.Errorf("the recovery key has another form than other clients give it")
	}
	m.commands("rooms add " + string(lobby))
	m.told(string(lobby))
	m.commands("enable flooding")
	m.commands("config set flooding within 1m") // a flood on a busy machine too
	m.told("within", "1m")

	m.commands("verify")
	request := try(m.AwaitRequest(s.ctx, account.User)).or(t)
	s.must(m.Accept(s.ctx, request.Transaction))
	try(m.AwaitPhase(s.ctx, request.Transaction, Ready)).or(t)
	s.must(m.StartSAS(s.ctx, request.Transaction))
	emoji := try(m.AwaitEmoji(s.ctx, request.Transaction)).or(t).Emoji
	question := m.told(append([]string{"Does their client show the same"}, emoji...)...)
	try(m.React(s.ctx, m.room, question.Event, "✅")).or(t)
	s.must(m.Confirm(s.ctx, request.Transaction))
	m.told(string(m.User), "is verified")
	devices, _, err := m.Devices(s.ctx, account.User)
	s.must(err)
	if len(devices) != 1 {
		t.Fatalf("the bot's devices are %+v", devices)
	}
	try(m.AwaitVerified(s.ctx, account.User, devices[0].ID)).or(t)

	const flood = 11 // ten are allowed; a further one might be refused already
	for n := range flood {
		try(spammer.SendText(s.ctx, lobby, fmt.Sprintf("buy %d", n))).or(t)
	}
	s.must(m.AwaitMembership(s.ctx, lobby, spammer.User, event.MembershipBan))
	m.told(string(spammer.User))
	s.cleared(login, lobby, spammer.User)
}

// cleared waits until a room shows nothing any more that a user said. A message that
// raced with the ban may have been taken and never shown.
func (s *setting) cleared(reader Login, room id.RoomID, user id.UserID) {
	s.Helper()
	cli := try(mautrix.NewClient(reader.Homeserver, "", "")).or(s)
	try(cli.Login(s.ctx, &mautrix.ReqLogin{
		Type:       mautrix.AuthTypePassword,
		Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(reader.User)},
		Password:   reader.Password, StoreCredentials: true,
	})).or(s)
	for {
		left, gone := 0, 0
		for _, evt := range try(cli.Messages(s.ctx, room, "", "", mautrix.DirectionBackward, nil, 100)).or(s).Chunk {
			switch {
			case evt.Sender != user || evt.StateKey != nil:
			case evt.Unsigned.RedactedBecause != nil:
				gone++
			default:
				left++
			}
		}
		if left == 0 && gone > 0 {
			return
		}
		s.must(pause(s.ctx))
	}
}
