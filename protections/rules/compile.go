package rules

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// The bounds of an expression.
const (
	MostLength = 4 << 10 // bytes
	// MostCost is what it may cost, in the units of CEL: one for each small step, or for ten
	// characters that are looked through.
	MostCost = 20_000

	mostNested  = 2 // loops within loops
	mostPattern = 2000
)

// Expression is one that was read and checked. Several goroutines may ask it.
type Expression struct {
	program cel.Program
	cost    uint64
	joins   bool
	source  string
}

// Cost is what it costs at the most, in the units of MostCost.
func (e *Expression) Cost() uint64 { return e.cost }

// Joins reports whether it is about those who join, and about no message.
func (e *Expression) Joins() bool { return e.joins }

// String is the expression as it was written.
func (e *Expression) String() string { return e.source }

// Compile reads and checks an expression. The error is a *Mistake.
func Compile(written string) (*Expression, error) {
	written = strings.TrimSpace(written)
	switch {
	case written == "":
		return nil, &Mistake{Words: "the expression is empty: write what a message is like, such as `trust() < KNOWN && text.links.size() > 0`"}
	case len(written) > MostLength:
		return nil, &Mistake{Words: fmt.Sprintf("the expression has %d bytes, and %d is the most", len(written), MostLength)}
	case !utf8.ValidString(written) || strings.ContainsRune(written, 0):
		return nil, &Mistake{Words: "the expression has bytes that are no text"}
	}
	l, err := language()
	if err != nil {
		return nil, &Mistake{Words: err.Error()}
	}
	checked, issues := l.env.Compile(written)
	if issues.Err() != nil {
		return nil, l.mistake(written, issues)
	}
	if got := checked.OutputType(); got != cel.BoolType {
		return nil, &Mistake{Words: fmt.Sprintf("the expression is %s, and has to be true or false: compare it with something", typeWords(got))}
	}
	about, m := l.about(checked)
	if m != nil {
		return nil, m
	}
	estimate, err := l.env.EstimateCost(checked, l)
	if err != nil {
		return nil, &Mistake{Words: err.Error()}
	}
	if estimate.Max > MostCost {
		return nil, &Mistake{Words: fmt.Sprintf("the expression costs up to %s for one message, and %d is the most: look through fewer texts, or in fewer loops", bounded(estimate.Max), MostCost)}
	}
	program, err := l.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, &Mistake{Words: err.Error()}
	}
	return &Expression{program: program, cost: max(estimate.Max, 1), joins: about == joins, source: written}, nil
}

func bounded(cost uint64) string {
	const most = 1_000_000_000
	if cost > most {
		return "more than a billion"
	}
	return fmt.Sprint(cost)
}

// Holds reports whether the expression is true of a subject. An error says why that cannot
// be found out, in words for moderators; then the rule is to be trusted no more.
func (e *Expression) Holds(s *Subject) (holds bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("it broke over this message")
		}
	}()
	result, _, err := e.program.Eval(activation{s})
	if err != nil {
		return false, explain(err)
	}
	is, ok := result.(types.Bool)
	if !ok {
		return false, errors.New("it is neither true nor false")
	}
	return bool(is), nil
}

// activation finds the variables of a subject.
type activation struct{ of *Subject }

var _ cel.Activation = activation{}

// ResolveName is part of cel.Activation.
func (a activation) ResolveName(name string) (any, bool) {
	for _, v := range a.of.values {
		if v.name == name {
			return v.is, true
		}
	}
	kind, known := roots()[name]
	if !known {
		return nil, false
	}
	is := value{kind, a.of}
	a.of.values = append(a.of.values, variable{name, is})
	return is, true
}

// Parent is part of cel.Activation.
func (activation) Parent() cel.Activation { return nil }

// roots are the types of the variables.
var roots = sync.OnceValue(func() map[string]*cel.Type {
	all := map[string]*cel.Type{hidden: subjectType}
	for _, o := range objects() {
		if o.root != "" {
			all[o.root] = cel.ObjectType(o.name)
		}
	}
	return all
})

// dialect is CEL with our fields and functions.
type dialect struct {
	env       *cel.Env
	objects   map[string]*object
	byRoot    map[string]*object
	functions map[string]*function
}

var language = sync.OnceValues(func() (*dialect, error) {
	l := &dialect{objects: map[string]*object{}, byRoot: map[string]*object{}, functions: map[string]*function{}}
	options := []cel.EnvOption{
		cel.ClearMacros(), cel.Macros(cel.AllMacro, cel.ExistsMacro, cel.ExistsOneMacro, cel.FilterMacro, cel.MapMacro),
		cel.ParserExpressionSizeLimit(MostLength), cel.ParserErrorRecoveryLimit(1), cel.ParserRecursionLimit(64), cel.ExpressionNodeLimit(1000), cel.ExpressionNestingDepthLimit(64),
		cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals(),
			cel.ValidateRegexProgramSizeLimit(mostPattern), cel.ValidateHomogeneousAggregateLiterals(), cel.ValidateComprehensionNestingLimit(mostNested), sound{}),
		cel.Variable(hidden, subjectType),
	}
	for _, o := range objects() {
		l.objects[o.name] = &o
		if o.root != "" {
			l.byRoot[o.root] = &o
			options = append(options, cel.Variable(o.root, cel.ObjectType(o.name)))
		}
	}
	l.objects[subjectType.TypeName()] = &object{name: subjectType.TypeName()}
	base, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options = append(options, cel.CustomTypeProvider(provider{base, l.objects}), cel.CustomTypeAdapter(base))
	for _, f := range functions() {
		l.functions[f.name()] = &f
		options = append(options, f.options()...)
	}
	for i, level := range levels() {
		options = append(options, cel.Constant(level, cel.IntType, types.Int(i)))
	}
	l.env, err = cel.NewCustomEnv(append([]cel.EnvOption{cel.StdLib(cel.StdLibSubset(standard()))}, options...)...)
	return l, err
})

// about tells what an expression is about, by what it names.
func (l *dialect) about(checked *cel.Ast) (occasion, *Mistake) {
	var seen occasion
	var m *Mistake
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		var about occasion
		switch e.Kind() {
		case ast.IdentKind:
			if o := l.byRoot[e.AsIdent()]; o != nil {
				about = o.about
			}
		case ast.CallKind:
			if f := l.functions[e.AsCall().FunctionName()]; f != nil {
				about = f.about
			}
		default:
			return
		}
		if seen |= about; seen == messages|joins && m == nil {
			m = &Mistake{Words: "the expression is about messages and about those who join: make two rules of it"}
			m.at(checked.NativeRep().SourceInfo(), e.ID())
		}
	}))
	if m != nil {
		return 0, m
	}
	return seen, nil
}
