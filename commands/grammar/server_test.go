package grammar

import (
	"strings"
	"testing"
)

func TestServerNames(t *testing.T) {
	long := strings.Repeat("a", 255)
	for _, s := range []string{"a", "A.example", "1.2.3.4", "matrix-1.example:8448", "[::1]", "[2001:db8::1]:80", long, long + ":65535"} {
		if !ValidServer(s) {
			t.Errorf("%q is a server", s)
		}
	}
	for _, s := range []string{"", ":80", ".a", "a..b", "a b", "a_b", "ä.example", "a\n", "\na", "a\x00", "*.example", "a:", "a:123456", "a:8x", "a:٣", "[::1", "[1.2.3.4]", "[fe80::1%eth0]", long + "a"} {
		if ValidServer(s) {
			t.Errorf("%q is no server", s)
		}
	}
	for _, s := range []string{"*", "*.example", "a?", "." + "*", strings.Repeat("*", 255)} {
		if !ValidHostGlob(s) {
			t.Errorf("%q is a pattern", s)
		}
	}
	for _, s := range []string{"", "a..*", "a:80", "*_*", "é*", "*\n", strings.Repeat("*", 256)} {
		if ValidHostGlob(s) {
			t.Errorf("%q is no pattern", s)
		}
	}
}
