package acl

import (
	"fmt"
	"strings"
)

// workload is server rules of which 16 % are globs of odd shape, as no index of endings
// finds them, and some names that the globs cover.
func workload(n int) []Rule {
	all := make([]Rule, n)
	for i := range all {
		entity := fmt.Sprintf("server%d.evil%d.example", i*7919%n, i%97)
		switch {
		case i%25 == 0:
			entity = fmt.Sprintf("evil%d*.example", i)
		case i%25 == 1:
			entity = fmt.Sprintf("*evil%dx*", i)
		case i%25 == 2:
			entity = fmt.Sprintf("a?b%d.example", i)
		case i%25 == 3:
			entity = fmt.Sprintf("s*%d.evil.example", i)
		case i%25 == 4:
			entity = fmt.Sprintf("*.bad%d.example", i)
		case i%50 == 5:
			entity = fmt.Sprintf("evil%d-%d.example", i-5, i)
		}
		all[i] = Rule{Entity: entity, At: int64(i)}
	}
	return all
}

// hostile are lists as the owner of one would write them to have us work. Each is made of a
// number.
var hostile = map[string]func(i int) string{
	"star inside":      func(i int) string { return fmt.Sprintf("s%d.evil*.example", i) },
	"one head":         func(i int) string { return fmt.Sprintf("evil*%d.example", i) },
	"one tail":         func(i int) string { return fmt.Sprintf("*evil%d*.example", i) },
	"no ends":          func(i int) string { return fmt.Sprintf("*evil%d*", i) },
	"questions":        func(i int) string { return fmt.Sprintf("?%d*", i) },
	"many stars":       func(i int) string { return strings.Repeat("a*", 50) + fmt.Sprint(i) },
	"long names":       func(i int) string { return strings.Repeat("evil.", 48) + fmt.Sprintf("%06d.example", i) },
	"long, and covers": longAndCovers,
	"one name":         func(int) string { return "evil.example" },
}

// longAndCovers are names of the greatest length, and globs that nearly match them, with
// every head that the names have.
func longAndCovers(i int) string {
	if i%2 == 0 {
		return strings.Repeat("a", 240) + fmt.Sprint(i)
	}
	return strings.Repeat("a", 1+i/2%200) + "*a*" + fmt.Sprint(i) + "b"
}
