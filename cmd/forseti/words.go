package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"maunium.net/go/mautrix"

	"forseti/text"
)

// plain is the text of an error for whoever runs the bot: what a library made of a
// request that failed is said in words in its place, and a code only after the
// sentence that it belongs to.
func plain(err error) string {
	if err == nil {
		return ""
	}
	all := err.Error()
	for raw, worded := range worded(err) {
		all = strings.Replace(all, raw, worded, 1)
	}
	return all
}

// worded yields what libraries say within err, and what to say in its place.
func worded(err error) func(yield func(raw, worded string) bool) {
	return func(yield func(raw, worded string) bool) {
		var walk func(error) bool
		walk = func(err error) bool {
			switch e := err.(type) {
			case nil:
				return true
			case mautrix.HTTPError:
				return yield(e.Error(), ofAnswer(e))
			case *url.Error:
				return yield(e.Error(), ofConnection(e))
			case interface{ Unwrap() error }:
				return walk(e.Unwrap())
			case interface{ Unwrap() []error }:
				for _, one := range e.Unwrap() {
					if !walk(one) {
						return false
					}
				}
			}
			return true
		}
		walk(err)
	}
}

// ofAnswer says what a homeserver, or what stands in its place, answered.
func ofAnswer(e mautrix.HTTPError) string {
	if e.Response == nil {
		if e.WrappedError != nil {
			return ofConnection(e.WrappedError)
		}
		return "the request could not be made: " + e.Message
	}
	status := e.Response.StatusCode
	if status < 300 {
		if errors.Is(e.WrappedError, mautrix.ErrResponseTooLong) {
			return "the answer is longer than any that a homeserver would give here"
		}
		if e.ResponseBody != "" {
			return "what answers there is no Matrix homeserver: it sent " + kindOfBody(e.Response)
		}
		return ofConnection(e.WrappedError)
	}
	if e.RespError != nil && e.RespError.ErrCode != "" {
		return ofRefusal(e.RespError, status)
	}
	switch status {
	case http.StatusTooManyRequests:
		return "the homeserver limits how fast the account may act (HTTP 429)"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Sprintf("the web server in front of the homeserver answers, and the homeserver behind it does not (HTTP %d)", status)
	case http.StatusNotFound:
		return "there is no Matrix homeserver at this address (HTTP 404)"
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("what answers there lets nobody in, and does not speak Matrix (HTTP %d)", status)
	}
	if status >= 500 {
		return fmt.Sprintf("the homeserver failed and did not say why (HTTP %d). Its own log does", status)
	}
	return fmt.Sprintf("what answers there does not speak Matrix: it sent %s (HTTP %d)", kindOfBody(e.Response), status)
}

func kindOfBody(r *http.Response) string {
	if strings.Contains(r.Header.Get("Content-Type"), "html") {
		return "a web page"
	}
	return "something else than JSON"
}

// ofRefusal puts the homeserver's own sentence before its code.
func ofRefusal(e *mautrix.RespError, status int) string {
	said := oneLine(e.Err, 300)
	code := oneLine(e.ErrCode, 60)
	switch {
	case e.ErrCode == "M_LIMIT_EXCEEDED" || status == http.StatusTooManyRequests:
		return fmt.Sprintf("the homeserver limits how fast the account may act (%s)", code)
	case e.ErrCode == "M_UNKNOWN_TOKEN", e.ErrCode == "M_MISSING_TOKEN":
		return fmt.Sprintf("the homeserver does not know this login any more (%s)", code)
	case e.ErrCode == "M_USER_DEACTIVATED":
		return fmt.Sprintf("the account is deactivated (%s)", code)
	case said == "":
		return fmt.Sprintf("the homeserver refuses (%s, HTTP %d)", code, status)
	default:
		return fmt.Sprintf("%s (%s)", strings.TrimRight(said, "."), code)
	}
}

// ofConnection says why nothing answered.
func ofConnection(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return fmt.Sprintf("there is no machine called %s. Look for a slip in the name", dns.Name)
		}
		return fmt.Sprintf("the name %s cannot be looked up now, for DNS does not answer", dns.Name)
	}
	if wrong := ofTLS(err); wrong != "" {
		return wrong
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "the server did not answer in time"
	}
	switch {
	case errors.Is(err, context.Canceled):
		return "given up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there (connection refused)"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to it from this machine (network unreachable)"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection broke off"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server speaks http there and not https"
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "readLoopPeekFail"):
		return "what answers there does not speak http"
	}
	last := err
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(next) {
		last = next
	}
	return fmt.Sprintf("the server cannot be reached (%s)", oneLine(last.Error(), 200))
}

func ofTLS(err error) string {
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("its certificate is for another name (%s)", oneLine(strings.Join(e.Certificate.DNSNames, ", "), 100))
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its certificate is signed by nobody whom this machine trusts"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "its certificate is out of date, or the clock of this machine is wrong"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not valid"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak https there"
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return "the server and this machine find no way to speak https with each other"
	}
	return ""
}

// oneLine makes what others wrote fit for a line of a terminal.
func oneLine(s string, most int) string { return text.Brief(s, most) }

// brief is plain without what stands before the cause, for a line of the log that
// has said already what was tried.
func brief(err error) string {
	for _, worded := range worded(err) {
		return worded
	}
	return plain(err)
}
