// Package registration asks a stranger's homeserver whether anybody can make an account there.
// It makes none. What it is told to ask is text that strangers wrote: it reaches no address
// that is not public, and takes neither long nor much.
package registration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"forseti/servername"
	"forseti/wire"
)

// Answer is who can make an account.
type Answer int

// The answers.
const (
	Unknown Answer = iota // it does not say
	Closed                // nobody by themselves
	Guarded               // who solves a puzzle, has a token, or an address of mail or a phone
	Open                  // anybody, at once and without a name for anything
)

const (
	// patience is for all requests to one server together.
	patience = 15 * time.Second
	// mostAnswer is how many bytes of an answer are read.
	mostAnswer    = 64 << 10
	mostRedirects = 3
)

// Asker asks servers.
type Asker struct{ client *http.Client }

// New returns one that reaches public addresses only.
func New() *Asker {
	dialer := &net.Dialer{Timeout: patience, Control: func(_, address string, _ syscall.RawConn) error { return reachable(address) }}
	return with(&http.Transport{
		Proxy:       nil, // it would reach for us what we may not
		DialContext: dialer.DialContext, TLSHandshakeTimeout: patience, ResponseHeaderTimeout: patience,
		DisableKeepAlives: true, MaxResponseHeaderBytes: mostAnswer, ForceAttemptHTTP2: true,
	})
}

func with(transport http.RoundTripper) *Asker {
	return &Asker{&http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if req.Method != http.MethodGet || len(via) > mostRedirects {
			return http.ErrUseLastResponse
		}
		return askable(req.URL)
	}}}
}

// errPrivate is of an address that is none of the public's.
var errPrivate = errors.New("not a public address")

// shared are ranges that are not for the public, besides those that netip knows: of carriers,
// of protocols and tests, for documentation, reserved, and those that hide an address of IPv4.
func shared() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("::/96"),
	}
}

// reachable refuses an address that a name was resolved to, just before it is dialled: a name
// that is looked up before it is used can change in between.
func reachable(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", errPrivate, address)
	}
	ip := at.Addr().Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return fmt.Errorf("%w: %s", errPrivate, ip)
	}
	for _, range_ := range shared() {
		if range_.Contains(ip) {
			return fmt.Errorf("%w: %s", errPrivate, ip)
		}
	}
	return nil
}

// askable refuses addresses of the web that no homeserver has.
func askable(u *url.URL) error {
	port := u.Port()
	n, err := strconv.Atoi(port)
	switch {
	case u.Scheme != "https" || u.Hostname() == "" || u.User != nil:
		return fmt.Errorf("%.100q is no address that is asked", u.String())
	case port != "" && (err != nil || n != 443 && n < 1024 || n > 65535):
		return fmt.Errorf("port %.10q is none of the web's", port)
	}
	return nil
}

// Ask asks a server by the name that it has in the IDs of its users. An error is no answer.
//
// https://spec.matrix.org/v1.16/client-server-api/#well-known-uris
// https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3register
func (a *Asker) Ask(ctx context.Context, server string) (Answer, error) {
	const longest = 255
	host := strings.ToLower(servername.Host(server))
	if host == "" || len(server) > longest || servername.OfPattern(host) != servername.None || strings.ContainsAny(host, "*?") {
		return Unknown, fmt.Errorf("%.100q is no name of a server", server)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	base, err := a.base(ctx, host)
	if err != nil {
		return Unknown, err
	}
	// Without a stage of authentication it registers nobody: the answer is what it would take.
	register := base.JoinPath("_matrix", "client", "v3", "register")
	register.RawQuery = "kind=user"
	status, body, err := a.request(ctx, http.MethodPost, register, `{"inhibit_login":true}`)
	if err != nil {
		return Unknown, err
	}
	return classify(status, body), nil
}

// base is where clients of a server go: what it says itself, else its name.
func (a *Asker) base(ctx context.Context, host string) (*url.URL, error) {
	own := &url.URL{Scheme: "https", Host: host}
	status, body, err := a.request(ctx, http.MethodGet, own.JoinPath(".well-known", "matrix", "client"), "")
	switch {
	case errors.Is(err, errPrivate):
		return nil, err
	case ctx.Err() != nil: // also if an answer came just before
		return nil, ctx.Err()
	}
	said := wire.Read(body).Object("m.homeserver").Text("base_url")
	if err != nil || status != http.StatusOK || said == "" {
		return own, nil
	}
	base, err := url.Parse(said)
	if err != nil {
		return nil, fmt.Errorf("where clients of %s go: %w", host, err)
	}
	base.RawQuery, base.Fragment = "", ""
	return base, askable(base)
}

func (a *Asker) request(ctx context.Context, method string, to *url.URL, content string) (status int, body json.RawMessage, err error) {
	if err := askable(to); err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader([]byte(content)))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("User-Agent", "forseti")
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return resp.StatusCode, body, err
}

// classify reads the answer to a registration without authentication.
//
// https://spec.matrix.org/v1.16/client-server-api/#user-interactive-authentication-api
func classify(status int, body json.RawMessage) Answer {
	switch status {
	case http.StatusOK:
		return Open // an account for nothing at all
	case http.StatusForbidden:
		return Closed
	case http.StatusUnauthorized:
	default:
		return Unknown // also of servers that register elsewhere
	}
	var answer struct {
		Flows []struct{ Stages []string }
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Flows) == 0 {
		return Unknown // of a wrong type, nothing is free
	}
	for _, flow := range answer.Flows {
		free := flow.Stages != nil
		for _, stage := range flow.Stages {
			free = free && (stage == "m.login.dummy" || stage == "m.login.terms")
		}
		if free {
			return Open
		}
	}
	return Guarded
}
