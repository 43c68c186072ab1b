package rules

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"forseti/content"
)

// function is one of those that expressions can call, beside those of CEL.
type function struct {
	call   string // how it is written
	result *cel.Type
	doc    string
	cost   uint64
	// Of three kinds one: it asks what is remembered, with or without one argument, or it is
	// made of a text when the expression is read.
	ask    func(s *Subject) ref.Val
	argued *argued
	made   func(literal string) string
	about  occasion
	// between is what its result is never below and above, if there is such.
	between *bounds
}

type bounds struct{ least, most float64 }

type argued struct {
	kind *cel.Type
	ask  func(s *Subject, arg ref.Val) ref.Val
}

func (f *function) name() string {
	name, _, _ := strings.Cut(f.call, "(")
	return name
}

// levels are the constants that trust() is compared with.
func levels() []string { return []string{"NEW", "KNOWN", "REGULAR", "TRUSTED"} }

func functions() []function {
	return []function{
		{call: "trust()", result: cel.IntType, cost: 1, doc: "How far the sender is known: `NEW`, `KNOWN`, `REGULAR` or `TRUSTED`, which can be compared.",
			ask: func(s *Subject) ref.Val { return types.Int(s.State.Trust()) }},
		{call: "points()", result: cel.DoubleType, cost: 10, doc: "What offences of the sender still weigh.",
			ask: func(s *Subject) ref.Val { return types.Double(s.State.Points()) }},
		{call: "joined_for()", result: cel.DurationType, cost: 1, doc: "How long the sender has been in the room: `joined_for() < duration(\"10m\")`.",
			ask: func(s *Subject) ref.Val { return types.Duration{Duration: s.Sender.Stay} }},
		{call: "seen_before()", result: cel.BoolType, cost: 10, about: messages, doc: "Whether the very text was sent before, by whomever.",
			ask: func(s *Subject) ref.Val { return types.Bool(s.State.Seen() > 0) }},
		{call: "learned()", result: cel.BoolType, cost: 200, about: messages, doc: "Whether it is nearly the same as a message that a moderator marked as spam.",
			ask: func(s *Subject) ref.Val { return types.Bool(s.State.Learned().Alike > 0) }},
		{call: "spam_score()", result: cel.DoubleType, cost: 200, about: messages, between: &bounds{0, 1}, doc: "How likely it is spam by what moderators marked, from 0.0 to 1.0; 0.5 if nothing can be said: `spam_score() > 0.9`.",
			ask: func(s *Subject) ref.Val { return types.Double(s.State.Learned().Score) }},
		{call: "similar_count(\"10m\")", result: cel.IntType, cost: 200, about: messages, between: &bounds{0, mostVoices},
			doc: fmt.Sprintf("How many others sent a text nearly like it in this time, up to %d: `similar_count(\"10m\") >= 2`.", mostVoices),
			argued: &argued{cel.DurationType, func(s *Subject, arg ref.Val) ref.Val {
				within, _ := arg.(types.Duration)
				return types.Int(s.State.Similar(min(max(within.Duration, 0), longest)))
			}}},
		{call: "matches_list(\"...\")", result: cel.BoolType, cost: 20, doc: "Whether a policy list, by its name or ID, has a rule for the sender or their server, followed or not.",
			argued: &argued{cel.StringType, func(s *Subject, arg ref.Val) ref.Val {
				name, _ := arg.(types.String)
				return types.Bool(s.State.Listed(string(name)))
			}}},
		{call: "skeleton(\"...\")", result: cel.StringType, doc: "The skeleton of a text that is written in the rule.", made: content.Skeleton},
		{call: "core(\"...\")", result: cel.StringType, doc: "The core of a text that is written in the rule.", made: func(s string) string { return content.Core(content.Skeleton(s)) }},
		{call: "folded(\"...\")", result: cel.StringType, doc: "A text that is written in the rule, as `text.folded` would have it.", made: content.Fold},
	}
}

// longest is the longest time about which it is asked what others said.
const longest = 24 * time.Hour

// hidden is the variable through which functions reach what they are about. Nobody can
// write its name.
const hidden = "@subject"

var subjectType = cel.ObjectType("Subject")

// options declare a function to CEL. One that asks is written without its subject and read
// with it.
func (f function) options() []cel.EnvOption {
	name := f.name()
	switch {
	case f.made != nil:
		return []cel.EnvOption{cel.Macros(cel.GlobalMacro(name, 1, func(make cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
			written, ok := literal(args[0])
			if !ok {
				return nil, make.NewError(args[0].ID(), name+` takes a text that stands in the rule, such as `+name+`("free money")`)
			}
			return make.NewLiteral(types.String(f.made(written))), nil
		}))}
	case f.argued != nil:
		return []cel.EnvOption{
			cel.Macros(cel.GlobalMacro(name, 1, func(make cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
				arg := args[0]
				if _, ok := literal(arg); ok && f.argued.kind == cel.DurationType {
					arg = make.NewCall("duration", arg)
				}
				return make.NewMemberCall(name, make.NewIdent(hidden), arg), nil
			})),
			cel.Function(name, cel.MemberOverload(name, []*cel.Type{subjectType, f.argued.kind}, f.result, cel.BinaryBinding(func(of, arg ref.Val) ref.Val {
				return f.argued.ask(of.Value().(*Subject), arg)
			}))),
		}
	default:
		return []cel.EnvOption{
			cel.Macros(cel.GlobalMacro(name, 0, func(make cel.MacroExprFactory, _ ast.Expr, _ []ast.Expr) (ast.Expr, *common.Error) {
				return make.NewMemberCall(name, make.NewIdent(hidden)), nil
			})),
			cel.Function(name, cel.MemberOverload(name, []*cel.Type{subjectType}, f.result, cel.UnaryBinding(func(of ref.Val) ref.Val {
				return f.ask(of.Value().(*Subject))
			}))),
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}
