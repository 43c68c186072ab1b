package content

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// mostHost is how many bytes a host may have. DNS allows 253 of them, and what stands for one in other scripts may be longer.
const mostHost = 1000

// authority takes what stands between "//" and the path apart as browsers do.
func (l *Link) authority(s string) {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		l.UserInfo, s = true, s[at+1:]
	}
	host := s
	if strings.HasPrefix(s, "[") {
		if shut := strings.IndexByte(s, ']'); shut > 0 {
			host = s[1:shut]
			if rest := s[shut+1:]; strings.HasPrefix(rest, ":") {
				l.Port = rest[1:]
			}
		}
	} else if colon := strings.LastIndexByte(s, ':'); colon >= 0 {
		host, l.Port = s[:colon], s[colon+1:]
	}
	if l.Port != "" {
		if _, err := strconv.ParseUint(l.Port, 10, 16); err != nil {
			l.Port = ""
		}
	}
	l.Host, l.IP = Host(host)
}

// Host gives a server's name as all ways of writing it have it in common: small letters, in punycode where it is of another
// script, without the dot at its end, an address of IPv4 in its usual form. It is "" if that cannot be a name.
func Host(s string) (host string, ip bool) {
	if len(s) > mostHost {
		return "", false
	}
	if strings.IndexByte(s, '%') >= 0 {
		s = unescaped(s)
	}
	if !plainHost(s) {
		ascii, err := hostProfile.ToASCII(visibleOnly(s))
		if err != nil { // browsers are as strict; what is looked at must be found all the same
			labels := strings.Split(strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(visibleOnly(s)), ".")
			for i, label := range labels {
				if labels[i], err = hostProfile.ToASCII(label); err != nil {
					labels[i], _ = idna.Punycode.ToASCII(Fold(label))
				}
			}
			ascii = strings.Join(labels, ".")
		}
		s = ascii
	}
	s = strings.TrimRight(s, ".")
	if hasUpper(s) {
		s = strings.ToLower(s)
	}
	if address, ok := ipv4(s); ok {
		return address, true
	}
	if strings.IndexByte(s, ':') >= 0 {
		if a, err := netip.ParseAddr(s); err == nil {
			return a.WithZone("").Unmap().String(), true
		}
	}
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, forbidden) {
		return "", false
	}
	return s, false
}

// forbidden tells whether a character is none of a host, so that browsers go nowhere.
//
// https://url.spec.whatwg.org/#forbidden-host-code-points
func forbidden(r rune) bool {
	switch r {
	case '#', '%', '/', ':', '<', '>', '?', '@', '[', '\\', ']', '^', '|', '`', '{', '}', '"', 0x7f:
		return true
	}
	return r <= ' ' || invisible(r)
}

// hostProfile maps names as browsers do.
var hostProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.BidiRule())

func plainHost(s string) bool { return isASCII(s) && strings.IndexByte(s, '%') < 0 }

func hasUpper(s string) bool {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return true
		}
	}
	return false
}

// unescaped is text with what is written as %xx in its place.
func unescaped(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(c))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// ipv4 reads an address in each way that browsers take: 127.1, 0x7f000001, 017700000001.
//
// https://url.spec.whatwg.org/#concept-ipv4-parser
func ipv4(s string) (string, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' || len(s) > 60 {
		return "", false
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return "", false
	}
	var address uint64
	for i, part := range parts {
		base := 10
		switch digits := strings.TrimPrefix(part, "0x"); {
		case digits != part:
			part, base = digits, 16
			if part == "" {
				part = "0"
			}
		case len(part) > 1 && part[0] == '0':
			base = 8
		}
		n, err := strconv.ParseUint(part, base, 32)
		if err != nil {
			return "", false
		}
		if i < len(parts)-1 {
			if n > 0xff {
				return "", false
			}
			address |= n << (24 - 8*i)
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return "", false
		}
		address |= n
	}
	return netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}).String(), true
}

// isName tells whether a host may be one on the Internet: it ends as names do that one can buy.
func isName(host string) bool {
	suffix, known := publicsuffix.PublicSuffix(host)
	return known && len(suffix) < len(host) && !strings.Contains(host, "..") && host[0] != '.' && host[0] != '-'
}

// Within reports whether a host is a domain or below it: "a.example.com" is within "example.com".
func Within(host, domain string) bool {
	return host == domain || len(host) > len(domain) && host[len(host)-len(domain)-1] == '.' && strings.HasSuffix(host, domain)
}

// doubtful tells whether what looks like a host may as well be the name of a file, a piece of a program, or the end of a
// sentence with no space behind it: it has two parts, and ends as those do.
func doubtful(written, host string) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 || strings.IndexByte(host, '.') != dot {
		return false
	}
	switch host[dot+1:] {
	case "com", "net", "org":
		return false
	case "md", "rs", "py", "sh", "zip", "mov", "pl", "cc", "so", "ps", "ai", "sc", "ml", "ms", "pm", "st", "mm", "ph", "pn", "gz", "cab", "sql", "app", // files
		"name", "id", "next", "open", "target", "map", "data", "call", "select", "property", "style", "date", "box", "run", "show", "play", "new", "prod", "foo",
		"day", "link", "page", "fit", "case", "cat", "build", "watch", "help", "search", "host", "support", // programs
		"in", "is", "it", "no", "to", "do", "as", "at", "be", "am", "me", "my", "us", "now", "how", "here", "by": // sentences
		return true
	}
	end := written[strings.LastIndexByte(written, '.')+1:]
	return len(end) > 1 && 'A' <= end[0] && end[0] <= 'Z' && end[1] >= 'a'
}
