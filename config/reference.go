package config

import (
	"fmt"
	"strings"

	"forseti/text"
)

// Reference is the reference of all keys, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n`forseti init` writes the file `forseti.yaml`; `forseti run --config FILE` reads another. It is YAML: put a value that begins with `@` or `!` in quotes. A mistake is told with its file, line and key, and what to write. All that is not here is set by moderators in chat.\n\n")
	b.WriteString("| key | value | default | environment | what it does |\n|---|---|---|---|---|\n")
	for _, k := range keys() {
		env := "`" + Variable(k.name) + "`"
		if short := shortOf(k.name); short != "" {
			env += " or `" + short + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", k.name, k.kind, defaultText(k), env, k.doc)
	}
	b.WriteString("\nA `…_file` key stands for the key without `_file`.\n\n## Environment\n\nEvery key can be set by a variable: `" + Prefix + "` and the key in capitals, with `_` for each dot. A variable wins over the file. With `" + Variable("homeserver.address") + "` and `" + Variable("management_room") + "` set no file is needed, as in a container. A variable that begins with `" + Prefix + "` and is none of these is warned of.\n\nBesides the keys there are\n\n| variable | what it does |\n|---|---|\n")
	for _, v := range others() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.name, v.doc)
	}
	return b.String()
}

// defaultText is what holds if the key is not written.
func defaultText(k key) string {
	switch {
	case strings.HasPrefix(k.example, "/"), strings.Contains(k.example, "…"), strings.HasPrefix(k.name, "homeserver."):
		return ""
	default:
		return "`" + strings.Trim(k.example, `"`) + "`"
	}
}

// Example is a commented file in which the given keys are set and all others are
// shown with their defaults.
func Example(set map[string]string) string {
	var b strings.Builder
	b.WriteString("# Configuration of Forseti. docs/configuration.md explains all keys.\n")
	section := ""
	for _, k := range keys() {
		name, indent := k.name, ""
		if before, after, ok := strings.Cut(k.name, "."); ok {
			name, indent = after, "  "
			if before != section {
				fmt.Fprintf(&b, "\n%s%s:\n", commentSection(before, set), before)
			}
			section = before
		} else {
			b.WriteString("\n")
			section = ""
		}
		fmt.Fprintf(&b, "%s# %s\n", indent, k.doc)
		if value, ok := set[k.name]; ok {
			fmt.Fprintf(&b, "%s%s: %s\n", indent, name, value)
			continue
		}
		fmt.Fprintf(&b, "%s# %s: %s\n", indent, name, k.example)
	}
	return b.String()
}

// commentSection comments out the head of a section without a key that is set,
// for an empty section would be null.
func commentSection(section string, set map[string]string) string {
	for name := range set {
		if strings.HasPrefix(name, section+".") {
			return ""
		}
	}
	return "# "
}

// nearest is the key that was probably meant, "" if none is near.
func nearest(written string) string {
	var candidates []string
	for _, k := range keys() {
		section, name, nested := strings.Cut(k.name, ".")
		candidates = append(candidates, section)
		if nested {
			candidates = append(candidates, name)
		}
	}
	return text.Nearest(written, candidates)
}
