package rules

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
)

// Fields are an expression for each field and function that there is.
func Fields() []string {
	var all []string
	for _, o := range objects() {
		for _, f := range o.fields {
			switch {
			case o.root != "":
				all = append(all, asked(o.root+"."+f.name, f.kind))
			case o.name == linkType.TypeName():
				all = append(all, "text.links.exists(x, "+asked("x."+f.name, f.kind)+")")
			default:
				all = append(all, "message.files.exists(x, "+asked("x."+f.name, f.kind)+")")
			}
		}
	}
	for _, f := range functions() {
		all = append(all, asked(f.call, f.result))
	}
	return all
}

// asked makes a question of a value.
func asked(value string, kind *cel.Type) string {
	switch typeWords(kind) {
	case "a text", "a list":
		return value + ".size() > 2"
	case "true or false":
		return value
	case "a time":
		return value + ` > duration("1m")`
	default:
		return value + " > 2"
	}
}

// Reference is the part of the documentation that lists what expressions can read, in
// Markdown.
func Reference() string {
	var page strings.Builder
	for _, o := range objects() {
		title := o.root
		if title == "" {
			title = "each " + strings.ToLower(o.name)
		}
		fmt.Fprintf(&page, "\n### %s\n\n%s\n\n| Field | What it is | |\n|---|---|---|\n", title, o.doc)
		for _, f := range o.fields {
			fmt.Fprintf(&page, "| `%s` | %s | %s |\n", f.name, typeWords(f.kind), f.doc)
		}
	}
	page.WriteString("\n### Functions\n\n| Function | What it gives | |\n|---|---|---|\n")
	for _, f := range functions() {
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", f.call, typeWords(f.result), f.doc)
	}
	return page.String()
}
