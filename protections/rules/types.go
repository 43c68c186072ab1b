package rules

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// provider tells CEL of the objects, beside what it knows itself.
type provider struct {
	types.Provider
	objects map[string]*object
}

// FindStructType is part of types.Provider.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if p.objects[name] == nil {
		return p.Provider.FindStructType(name)
	}
	return types.NewTypeTypeWithParam(cel.ObjectType(name)), true
}

// FindStructFieldNames is part of types.Provider.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	o := p.objects[name]
	if o == nil {
		return p.Provider.FindStructFieldNames(name)
	}
	var names []string
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	return names, true
}

// FindStructFieldType is part of types.Provider.
func (p provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	o := p.objects[name]
	if o == nil {
		return p.Provider.FindStructFieldType(name, fieldName)
	}
	f := o.field(fieldName)
	if f == nil {
		return nil, false
	}
	return &types.FieldType{
		Type:    f.kind,
		IsSet:   func(any) bool { return true },
		GetFrom: func(of any) (any, error) { return f.get(of), nil },
	}, true
}

// NewValue is part of types.Provider. An expression makes no objects.
func (p provider) NewValue(name string, fields map[string]ref.Val) ref.Val {
	if p.objects[name] == nil {
		return p.Provider.NewValue(name, fields)
	}
	return types.NewErr("%s cannot be made", name)
}

func (o *object) field(name string) *field {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

// value is an object as CEL holds it. What it is of is read when it is asked for.
type value struct {
	kind *types.Type
	of   any
}

var _ ref.Val = value{}

// ConvertToNative is part of ref.Val. Nothing needs it.
func (v value) ConvertToNative(to reflect.Type) (any, error) {
	return nil, fmt.Errorf("%s is no %s", v.kind, to)
}

// ConvertToType is part of ref.Val.
func (v value) ConvertToType(to ref.Type) ref.Val {
	if to.TypeName() == v.kind.TypeName() {
		return v
	}
	return types.NewErr("%s is no %s", v.kind, to.TypeName())
}

// Equal is part of ref.Val. Objects are what they are read from.
func (v value) Equal(other ref.Val) ref.Val {
	o, same := other.(value)
	return types.Bool(same && o.of == v.of)
}

// Type is part of ref.Val.
func (v value) Type() ref.Type { return v.kind }

// Value is part of ref.Val.
func (v value) Value() any { return v.of }

// empty is the list of nothing: most messages have no links.
var empty = types.NewRefValList(types.DefaultTypeAdapter, nil)

// listOf makes a list of so many items as are seen.
func listOf[T any](items []T, as func(T) ref.Val) ref.Val {
	items = items[:min(len(items), mostItems)]
	if len(items) == 0 {
		return empty
	}
	all := make([]ref.Val, len(items))
	for i, item := range items {
		all[i] = as(item)
	}
	return types.NewRefValList(types.DefaultTypeAdapter, all)
}

func pointers[T any](items []T) []*T {
	items = items[:min(len(items), mostItems)]
	all := make([]*T, len(items))
	for i := range items {
		all[i] = &items[i]
	}
	return all
}
