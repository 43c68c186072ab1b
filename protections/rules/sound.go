package rules

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// standard is what expressions have of CEL: nothing that fails for what a stranger writes,
// such as the third of two items, or the number that a text is not.
func standard() *env.LibrarySubset {
	subset := env.NewLibrarySubset().SetDisableMacros(true)
	for _, name := range []string{
		operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.NotStrictlyFalse,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals, operators.In,
		operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		"size", "contains", "startsWith", "endsWith", "matches", "duration",
	} {
		subset.AddIncludedFunctions(env.NewFunction(name))
	}
	return subset
}

// sound refuses what has a type and yet can fail, or cost more than it seems, for what a
// stranger writes.
type sound struct{}

var _ cel.ASTValidator = sound{}

// Name is part of cel.ASTValidator.
func (sound) Name() string { return "forseti.sound" }

// Validate is part of cel.ASTValidator.
func (sound) Validate(_ *cel.Env, _ cel.ValidatorConfig, checked *ast.AST, issues *cel.Issues) {
	all := func(ast.NavigableExpr) bool { return true }
	for _, e := range ast.MatchDescendants(ast.NavigateAST(checked), all) {
		switch e.Kind() {
		case ast.StructKind, ast.MapKind:
			issues.ReportErrorAtID(e.ID(), "an expression makes no objects")
		case ast.CallKind:
			call(checked, e, issues)
		}
	}
}

func call(checked *ast.AST, e ast.NavigableExpr, issues *cel.Issues) {
	args := e.AsCall().Args()
	switch e.AsCall().FunctionName() {
	case "matches":
		if _, ok := literal(args[len(args)-1]); !ok {
			issues.ReportErrorAtID(e.ID(), "a pattern has to stand in the rule as it is, such as `text.folded.matches(\"fre+ money\")`")
		}
	case "duration":
		if _, ok := literal(args[0]); !ok {
			issues.ReportErrorAtID(e.ID(), "a time has to stand in the rule as it is, such as `duration(\"10m\")`")
		}
	case operators.Divide, operators.Modulo:
		by := args[1]
		if by.Kind() != ast.LiteralKind || by.AsLiteral() == types.Int(0) {
			issues.ReportErrorAtID(e.ID(), "divide by a number that stands in the rule and is not 0, for there are texts of no length")
		}
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		never(e, issues)
	case operators.Equals, operators.NotEquals, operators.In:
		never(e, issues)
		for _, arg := range args {
			if t := checked.GetType(arg.ID()); t.Kind() == types.StructKind {
				issues.ReportErrorAtID(e.ID(), "only fields can be compared, such as `text.body`, and no objects")
				return
			}
		}
	}
}

// never refuses to compare what a function gives with a number that it never comes to: such a rule would look as if it
// watched over something.
func never(e ast.NavigableExpr, issues *cel.Issues) {
	args, op := e.AsCall().Args(), e.AsCall().FunctionName()
	if len(args) != 2 {
		return
	}
	asked, with := args[0], args[1]
	if asked.Kind() == ast.LiteralKind {
		asked, with, op = with, asked, mirrored(op)
	}
	n, ok := written(with)
	if !ok || asked.Kind() != ast.CallKind {
		return
	}
	for _, f := range functions() {
		if f.name() == asked.AsCall().FunctionName() && f.between != nil && !f.between.may(op, n) {
			issues.ReportErrorAtID(e.ID(), "`%s` is from %v to %v, so that this is never true: compare it with a number between them", f.name(), f.between.least, f.between.most)
		}
	}
}

// may reports whether something between the bounds can compare so with a number.
func (b bounds) may(op string, n float64) bool {
	switch op {
	case operators.Less:
		return b.least < n
	case operators.LessEquals:
		return b.least <= n
	case operators.Greater:
		return b.most > n
	case operators.GreaterEquals:
		return b.most >= n
	case operators.Equals:
		return b.least <= n && n <= b.most
	default:
		return true
	}
}

// mirrored is how the second compares with the first.
func mirrored(op string) string {
	switch op {
	case operators.Less:
		return operators.Greater
	case operators.LessEquals:
		return operators.GreaterEquals
	case operators.Greater:
		return operators.Less
	case operators.GreaterEquals:
		return operators.LessEquals
	default:
		return op
	}
}

// written is a number that stands in the rule.
func written(e ast.Expr) (float64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	switch n := e.AsLiteral().(type) {
	case types.Int:
		return float64(n), true
	case types.Double:
		return float64(n), true
	case types.Uint:
		return float64(n), true
	default:
		return 0, false
	}
}
