package rules

import (
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

var _ cost.Estimator = (*dialect)(nil)

// EstimateSize is part of cost.Estimator: how long what strangers write can be here.
func (l *dialect) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	path := node.Path()
	if len(path) == 0 {
		return nil
	}
	size := func(most uint64) *cost.SizeEstimate { return &cost.SizeEstimate{Max: most} }
	o := l.byRoot[path[0]]
	for i, step := range path[1:] {
		last := i == len(path)-2
		if step == "@items" {
			if last {
				return size(mostName)
			}
			continue
		}
		if o == nil {
			return nil
		}
		f := o.field(step)
		switch {
		case f == nil:
			return nil
		case last:
			return size(f.size)
		case f.kind.Kind() == types.ListKind:
			o = l.objects[f.kind.Parameters()[0].TypeName()]
		default:
			o = l.objects[f.kind.TypeName()]
		}
	}
	return nil
}

// EstimateCallCost is part of cost.Estimator.
func (l *dialect) EstimateCallCost(function, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	f := l.functions[function]
	if f == nil {
		return nil
	}
	return &cost.CallEstimate{CostEstimate: cost.Estimate{Min: 1, Max: f.cost}}
}
