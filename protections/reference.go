package protections

import (
	"fmt"
	"strings"
)

const introduction = `# Protections

A protection looks at what is said and done in the protected rooms, and acts on it. All of them are off until a moderator turns them on in the management room:

    !forseti protections
    !forseti enable NAME
    !forseti disable NAME
    !forseti protections config set NAME SETTING VALUE

A changed setting holds from the next message on. The value ` + "`" + byDefault + "`" + ` brings a default back. No protection touches the bot, a moderator, or somebody whom the bot has no power to ban.
`

// Reference is the page about all protections, in Markdown.
func Reference() string {
	var page strings.Builder
	page.WriteString(introduction)
	for _, k := range Kinds() {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n%s\n", k.Name, k.Summary, k.Details)
		settings := k.Settings(nil)
		if len(settings) == 0 {
			continue
		}
		page.WriteString("\n| Setting | Default | What it is |\n|---|---|---|\n")
		for _, s := range settings {
			fmt.Fprintf(&page, "| `%s` | `%s` | %s |\n", s.Name, s.Default, s.Doc)
		}
	}
	return page.String()
}
