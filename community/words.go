package community

import (
	"forseti/policy"
	"forseti/text"
)

// ruleName names a rule by what it is about.
func ruleName(r policy.Rule) string {
	if r.Entity == "" {
		return "(hashed)"
	}
	return text.Code(r.Entity)
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
