package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// mistake is a value that cannot work.
type mistake struct {
	key string
	err error
}

// places tells where each key got its value: "[line:column] " in the file, or a
// variable of the environment.
type places map[string]string

// locate says of each mistake where it is: in the file at path, or in a variable.
func (p places) locate(path string, wrong []mistake) error {
	var all []error
	for _, m := range wrong {
		at := p[m.key]
		if path != "" && !strings.HasPrefix(at, Prefix) {
			at = path + ": " + at
		}
		all = append(all, fmt.Errorf("%s%s %w", at, m.key, m.err))
	}
	return errors.Join(all...)
}

// Parse reads YAML over the defaults. An unknown or doubled key, and a value of
// another type, are errors that name line and column; what values mean is not yet
// checked.
func Parse(text []byte) (Config, error) {
	c, _, err := parse(text)
	return c, err
}

func parse(text []byte) (Config, places, error) {
	c, where := Default(), places{}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Config{}, nil, worded(err)
	}
	var wrong []mistake
	for _, doc := range file.Docs {
		wrong = append(wrong, where.read(doc.Body, reflect.TypeFor[Config](), "")...)
	}
	if err := where.locate("", wrong); err != nil {
		return Config{}, nil, err
	}
	if !slices.ContainsFunc(file.Docs, func(doc *ast.DocumentNode) bool { return doc.Body != nil && doc.Body.Type() != ast.CommentType }) {
		return c, where, nil // the decoder would take away the defaults
	}
	err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&c)
	if err != nil && !errors.Is(err, io.EOF) {
		return Config{}, nil, worded(err)
	}
	return c, where, nil
}

// worded is an error of the YAML library without the source: the lines around a
// mistake may hold the password.
func worded(err error) error {
	text := strings.TrimSpace(yaml.FormatError(err, false, false))
	if _, quoted, ok := strings.Cut(text, `unknown field "`); ok {
		written, _, _ := strings.Cut(quoted, `"`)
		place, _, _ := strings.Cut(text, " ")
		text = fmt.Sprintf("%s there is no key %s here", place, written)
		if meant := nearest(written); meant != "" {
			text += fmt.Sprintf(": did you mean %s?", meant)
		}
	}
	return errors.New(text)
}

// read notes where keys are, and says which values are of another type than typ
// has: the library does not say what to write instead.
func (p places) read(node ast.Node, typ reflect.Type, prefix string) (wrong []mistake) {
	pairs, ok := node.(ast.MapNode)
	if !ok {
		return nil
	}
	for entries := pairs.MapRange(); entries.Next(); {
		name := prefix + entries.Key().GetToken().Value
		field, known := fieldOf(typ, strings.TrimPrefix(name, prefix))
		if !known {
			continue // the decoder says so, with a suggestion
		}
		value := entries.Value()
		at := entries.Key().GetToken().Position
		if value.Type() != ast.MappingType && value.Type() != ast.MappingValueType {
			at = value.GetToken().Position
		}
		p[name] = fmt.Sprintf("[%d:%d] ", at.Line, at.Column)
		if field.Kind() == reflect.Struct {
			if _, ok := value.(ast.MapNode); !ok && value.Type() != ast.NullType {
				wrong = append(wrong, mistake{name, errors.New("is a section: write its keys below it, each on a line of its own")})
			}
			wrong = append(wrong, p.read(value, field, name+".")...)
			continue
		}
		if !fits(value, field) {
			wrong = append(wrong, mistake{name, errors.New(p.advice(name, value))})
		}
	}
	return wrong
}

func fieldOf(typ reflect.Type, key string) (reflect.Type, bool) {
	for f := range typ.Fields() {
		if f.Tag.Get("yaml") == key {
			return f.Type, true
		}
	}
	return nil, false
}

func fits(value ast.Node, typ reflect.Type) bool {
	switch value.Type() {
	case ast.NullType, ast.AliasType, ast.AnchorType:
		return true // nothing is the default, and the others are left to the decoder
	case ast.LiteralType:
		return typ.Kind() == reflect.String
	}
	if _, ok := value.(ast.ScalarNode); !ok {
		return false
	}
	text := value.GetToken().Value
	var err error
	switch {
	case value.Type() == ast.TagType:
		return false
	case typ == reflect.TypeFor[time.Duration]():
		_, err = time.ParseDuration(text)
	case typ.Kind() == reflect.Int:
		_, err = strconv.Atoi(text)
	case typ.Kind() == reflect.Bool:
		return value.Type() == ast.BoolType
	}
	return err == nil
}

func (p places) advice(name string, value ast.Node) string {
	for _, k := range keys() {
		if k.name != name {
			continue
		}
		if value.Type() == ast.TagType {
			return "begins with !, which means something else in YAML: put the value in quotes"
		}
		return "is not what belongs here: write " + k.kind
	}
	return "is not what belongs here"
}
