package homeserver

import (
	"net"
	"os"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestRestartKeepsData(t *testing.T) {
	ctx, s := t.Context(), ForTest(t)
	alice, bob := s.Client(t, "alice"), s.Client(t, "bob")
	room, err := alice.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "tea", Invite: []id.UserID{bob.UserID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bob.JoinRoomByID(ctx, room.RoomID); err != nil {
		t.Fatal(err)
	}
	sent, err := bob.SendText(ctx, room.RoomID, "hello")
	if err != nil {
		t.Fatal(err)
	}
	url := s.URL
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if s.URL != url {
		t.Errorf("restarted at %s, was at %s", s.URL, url)
	}
	got, err := alice.GetEvent(ctx, room.RoomID, sent.EventID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Sender != bob.UserID || got.Content.Raw["body"] != "hello" {
		t.Errorf("after the restart the message is %v by %s", got.Content.Raw, got.Sender)
	}
	if _, err := alice.SendMessageEvent(ctx, room.RoomID, event.EventMessage, event.MessageEventContent{MsgType: event.MsgText, Body: "still here"}); err != nil {
		t.Error(err)
	}
}

func TestForTestSharesOneServer(t *testing.T) {
	if a, b := ForTest(t), ForTest(t); a != b {
		t.Error("two servers in one test binary")
	}
}

func TestFolderOutlivesServer(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	first, err := Start(ctx, Options{Kind: Kind(os.Getenv(Variable)), Dir: dir, Name: "tea.example"})
	if err != nil {
		t.Fatal(err)
	}
	carol := first.Client(t, "carol")
	if carol.UserID.Homeserver() != "tea.example" {
		t.Errorf("the server registered %s", carol.UserID)
	}
	first.Stop()
	first.Stop()
	if err := first.Restart(ctx); err == nil {
		t.Error("a stopped server restarts")
	}
	second, err := Start(ctx, Options{Kind: Kind(os.Getenv(Variable)), Dir: dir, Name: "tea.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Stop()
	again, err := mautrix.NewClient(second.URL, carol.UserID, carol.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := again.Whoami(ctx); err != nil || who.UserID != carol.UserID {
		t.Errorf("second server knows the token as %v, %v", who, err)
	}
}

// Where a server is told to answer it does, and says so if somebody else is there.
func TestAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	s := &Server{opts: Options{Listen: at}}
	if _, err := s.address(t.Context()); err == nil || !strings.Contains(err.Error(), at) {
		t.Errorf("somebody is at %s: %v", at, err)
	}
	l.Close()
	if got, err := s.address(t.Context()); got != at || err != nil {
		t.Errorf("it is %s, %v", got, err)
	}
}
