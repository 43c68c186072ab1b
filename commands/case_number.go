package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// mostCase is the highest number that a case can have.
const mostCase = 1 << 40

// caseNumber takes the number of a case, as people write it.
var caseNumber = value{hint: "number", parse: func(c *call, w grammar.Word) (any, error) {
	n, err := number(1, mostCase).parse(c, grammar.Word{Text: bareNumber(w)})
	if err != nil {
		return nil, refuse("%s is no number of a case. `!forseti cases` lists them with theirs.", text.Code(w.Text))
	}
	return n, nil
}}

// bareNumber is a number without the signs that people write around it.
func bareNumber(w grammar.Word) string {
	return strings.TrimRight(strings.TrimLeft(w.Text, "#№(["), ".,:;!?)]")
}

// likeCase tells whether a word is written as the number of a case.
func likeCase(w grammar.Word) bool {
	bare := bareNumber(w)
	return bare != "" && strings.Trim(bare, "0123456789") == ""
}

// saysCase tells whether a line begins with a word that only says that the number of a case follows.
func saysCase(words []grammar.Word) bool {
	if len(words) < 2 || words[0].Quoted {
		return false
	}
	said := strings.TrimLeft(strings.TrimRight(strings.ToLower(words[0].Text), ".:"), "([")
	return slices.Contains([]string{"case", "cases", "number", "no", "nr", "№", "#"}, said) && (likeCase(words[1]) || saysCase(words[1:]))
}

// caseMeant adds the command that shows a case to what is wrong with a line that names one in the place of a user.
func caseMeant(c *call, words []grammar.Word, wrong error) error {
	of := c.command.params
	if len(of) == 0 || len(words) == 0 || of[0].value.of != aboutUsers {
		return wrong
	}
	for saysCase(words) {
		words = words[1:]
	}
	n, err := strconv.Atoi(bareNumber(words[0]))
	if !likeCase(words[0]) || err != nil {
		return wrong
	}
	return refuse("%s If you mean case %d, `!forseti case %d` shows whom it is about.", c.explain(wrong), n, n)
}

// latestOr takes a word for the latest besides a value.
func latestOr(of value) value {
	parse := of.parse
	of.parse = func(c *call, w grammar.Word) (any, error) {
		if slices.Contains([]string{"latest", "last"}, strings.ToLower(w.Text)) {
			return 0, nil
		}
		return parse(c, w)
	}
	return of
}

// findCase finds a case by its number, or says which is the newest.
func findCase(ctx context.Context, d CaseDesk, n int) (Case, error) {
	of, found, err := d.Case(ctx, n)
	if err != nil || found {
		return of, err
	}
	all, err := d.Cases(ctx, Sought{})
	switch {
	case err != nil:
		return of, err
	case len(all) == 0:
		return of, refuse("There is no case %d, nor any other yet.", n)
	}
	more := pick(n < all[0].Number, " any more", "")
	return of, refuse("There is no case %d%s: the newest is %d. `!forseti cases` lists them.", n, more, all[0].Number)
}
