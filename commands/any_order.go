package commands

import (
	"context"
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// mostPermuted is how many words are tried in every order, and mostMoved of how many each is tried in another place.
const mostPermuted, mostMoved = 4, 12

// bindAnyhow is bind, of words in whatever order they stand: where they fit in one other order only, and each says by itself
// what it is, that is what was meant. Where they fit in several, the answer shows the one that is the nearest.
func bindAnyhow(c *call, words []grammar.Word) error {
	wrong := c.bind(words)
	if wrong == nil {
		return nil
	}
	// What is wrong with a word may be said better than that it is a text.
	best, fits := nearestOrder(c, words, strings.Contains(c.explain(wrong), "Did you mean"))
	switch {
	case fits == 0:
		return caseMeant(c, words, wrong)
	case fits == 1 && !slices.ContainsFunc(c.command.params, func(p param) bool { return p.value.free() }):
		clear(c.args)
		clear(c.flags)
		return c.bind(best)
	}
	return rightLine(c, best, wrong)
}

// rightLine adds to what is wrong with a line what was probably meant.
func rightLine(c *call, words []grammar.Word, wrong error) error {
	var line strings.Builder
	line.WriteString("!forseti " + c.command.name)
	for _, w := range words {
		line.WriteString(" " + w.Raw)
	}
	said, _, _ := strings.Cut(c.explain(wrong), " Did you mean") // that was about one word
	if !strings.HasSuffix(said, ".") {
		said += "."
	}
	return refuse("%s Did you mean %s?", said, text.Code(text.Clip(text.OneLine(line.String()), mostShownLine)))
}

// planAnyhow is the plan of a command. If it refuses, and does not if its first two words are the other way round, that is said.
func planAnyhow(ctx context.Context, c *call, words []grammar.Word) (Plan, error) {
	p, wrong := c.command.plan(ctx, c)
	_, refused := wrong.(refusal) // one that offers something says itself what may be meant
	at := placed(c, words)
	if !refused || len(at) < 2 || kindOf(words[at[0]]) == kindOf(words[at[1]]) && c.command.params[0].several {
		return p, wrong
	}
	line := slices.Clone(words)
	line[at[0]], line[at[1]] = line[at[1]], line[at[0]]
	other := anew(c)
	if other.bind(line) != nil {
		return p, wrong
	}
	if turned, err := c.command.plan(ctx, other); err != nil || len(turned.Steps) == 0 && c.command.effect != looks {
		return p, wrong
	}
	return p, rightLine(c, line, wrong)
}

// kindOf is the sign by which a word says what it is; 0 for none.
func kindOf(w grammar.Word) byte {
	if named(w) {
		return grammar.Unwrap(w.Text)[0]
	}
	return 0
}

// placed are where the words stand that are no options; none if it is said where these end.
func placed(c *call, words []grammar.Word) (at []int) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w.Raw == "--" {
			return nil
		}
		name, given, ok := c.command.flagOf(w)
		if !ok {
			at = append(at, i)
		} else if f := c.command.flag(name); f != nil && f.value != nil && given == nil {
			i++
		}
	}
	return at
}

// anew is a call of the same command whose words are not read yet.
func anew(c *call) *call {
	return &call{Request: c.Request, known: c.known, set: c.set, command: c.command, below: c.below, reply: c.reply, args: map[string]any{}, flags: map[string]any{}}
}

// free tells whether a value takes whatever is written, so that its word does not say what it is.
func (v value) free() bool {
	return v.rest || v.raw || v.list || v.hint == wordValue.hint || v.hint == listValue.hint
}

// nearestOrder is the order nearest to that of the words in which they fit a command, and in how many others they do. kept is
// set if no word may become a part of a text that is none as they stand.
func nearestOrder(c *call, words []grammar.Word, kept bool) (best []grammar.Word, fits int) {
	at, fewest := placed(c, words), 0
	for order, moved := range orders(len(at)) {
		line := slices.Clone(words)
		for i, from := range order {
			line[at[i]] = words[at[from]]
		}
		other := anew(c)
		if other.bind(line) != nil || misplaced(other) || kept && order[len(order)-1] != len(order)-1 && endsInText(other) {
			continue
		}
		if fits++; best == nil || moved < fewest {
			best, fewest = line, moved
		}
	}
	return best, fits
}

// misplaced tells whether a word was taken for a server that is none: a list's name, or one of a reason.
func misplaced(c *call) bool {
	for _, v := range c.args {
		all, _ := v.([]any)
		if slices.ContainsFunc(append(all, v), func(v any) bool {
			e, is := v.(entity)
			return is && e.kind == policy.Server && !strings.ContainsAny(e.name, ".:[")
		}) {
			return true
		}
	}
	return false
}

// endsInText tells whether a call ends in a text.
func endsInText(c *call) bool {
	last := c.command.params[len(c.command.params)-1]
	return last.value.rest && c.args[last.name] != nil
}

// orders are the orders of so many words but the one in which they stand, each with how many pairs it turns round.
func orders(n int) func(yield func([]int, int) bool) {
	return func(yield func([]int, int) bool) {
		seen := map[string]bool{}
		give := func(order []int) bool {
			key, moved := key(order), 0
			for i := range order {
				for j := range i {
					if order[j] > order[i] {
						moved++
					}
				}
			}
			if moved == 0 || seen[key] {
				return true
			}
			seen[key] = true
			return yield(order, moved)
		}
		switch {
		case n > mostMoved:
		case n <= mostPermuted:
			permute(nil, n, give)
		default:
			for from := range n {
				for to := range n {
					order := make([]int, 0, n)
					for i := range n {
						if i != from {
							order = append(order, i)
						}
					}
					if !give(slices.Insert(order, to, from)) {
						return
					}
				}
			}
		}
	}
}

// permute gives every order of so many that begins with some; false to go on no more.
func permute(begun []int, n int, give func([]int) bool) bool {
	if len(begun) == n {
		return give(slices.Clone(begun))
	}
	for i := range n {
		if !slices.Contains(begun, i) && !permute(append(slices.Clone(begun), i), n, give) {
			return false
		}
	}
	return true
}

func key(order []int) string {
	var b strings.Builder
	for _, i := range order {
		b.WriteByte(byte(i))
	}
	return b.String()
}
