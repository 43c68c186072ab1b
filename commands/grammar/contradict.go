package grammar

import (
	"cmp"
	"regexp"
	"strings"

	"forseti/text"
)

// contradiction tells of a mention that shows one ID and leads to another: others in
// the room read the one, and the other would be meant.
func contradiction(p piece) error {
	said := strings.TrimFunc(p.text, unseen)
	if l, ok := ParseLink(said); ok {
		said = l.Target
	}
	_, server, full := strings.Cut(said, ":")
	if !full || said == "" || !ValidServer(server) || said[0] != p.link.Target[0] {
		return nil
	}
	local, linked, _ := strings.Cut(p.link.Target, ":")
	if said[:len(said)-len(server)-1] == local && strings.EqualFold(server, linked) {
		return nil
	}
	return object("That message shows %s, and its link leads to %s, so I did nothing. Write the one you mean as plain text.",
		text.Code(said), text.Code(p.link.Target))
}

// Links as they are written where there is no HTML: [name](address), and "name"
// (address).
var (
	namedLink  = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\(<?([^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)>?\)`)
	quotedLink = regexp.MustCompile(`["“]([^"“”]+)["”] \(<?([^\s()<>]+)>?\)`)
)

// writeOut writes out the mentions of a text without HTML.
func (h Hearer) writeOut(body string) (written string, wrong error) {
	for _, form := range []*regexp.Regexp{namedLink, quotedLink} {
		said, linked := placer{body: body}, placer{body: body} // by the names that are shown, and by where the links lead
		for _, m := range form.FindAllStringSubmatchIndex(body, -1) {
			l, ok := ParseLink(body[m[4]:m[5]])
			p := piece{text: body[m[2]:m[3]], link: &l}
			if !ok {
				if p.link, p.perhaps = nil, LikeLink(body[m[4]:m[5]]); p.perhaps == nil {
					continue
				}
				wrong = cmp.Or(wrong, strangeLink(body[m[4]:m[5]], *p.perhaps))
			} else if err := contradiction(p); err != nil {
				wrong = cmp.Or(wrong, err)
			}
			said.replace(m[0], m[1], h.bySaid(p))
			linked.replace(m[0], m[1], h.byLink(p))
		}
		if body = linked.out.String() + body[linked.done:]; wrong != nil {
			return "", doubtful(wrong, said.out.String()+said.body[said.done:], body)
		}
	}
	return body, nil
}
