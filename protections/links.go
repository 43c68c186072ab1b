package protections

import (
	"strings"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction/trust"
)

func links() kit.Kind {
	l := &Links{
		allow:       kit.HostList("allow", "Hosts to which links may always lead.").Stricter(kit.Shorter),
		deny:        kit.HostList("deny", "Hosts to which no link may lead.").Stricter(kit.Longer),
		all:         kit.Trust("links-from", trust.New, "The level of trust from which on members may post links that are not allowed to all.").Stricter(kit.Later, "none", "known", "regular", "trusted"),
		invitations: kit.Trust("invitations-from", trust.Known, "The level of trust from which on members may post links into rooms that are not protected here.").Stricter(kit.Later, "none", "known", "regular", "trusted"),
		addresses:   kit.Switch("addresses", false, "Whether the address of a room alone (`#room:example.org`) is such a link.").Stricter(kit.Later, kit.NoYes()...),
		shorteners:  kit.Trust("shorteners-from", trust.Known, "The level of trust from which on members may post links that hide where they lead behind a shortening service.").Stricter(kit.Later, "none", "known", "regular", "trusted"),
		deceiving:   kit.Switch("deceiving", true, "Whether links count that show another address than that to which they lead.").Stricter(kit.Later, kit.NoYes()...),
		most:        kit.Number("most", 10, 1, 100, "How many links a message of a member may have who is not known yet.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "links",
		Summary: "Removes messages with links to where nobody should be led.",
		Details: "By default everybody may post links, for help is asked for and given by them. What is removed are\n\n" +
			"- links to hosts of `deny` and to those of the operator's list of known scams (`protections.scam_list` in the configuration): spam of somebody new, a nuisance of others, who may have been fooled;\n" +
			"- links that deceive: `<a href=\"https://evil.example\">bank.example</a>`, or `https://bank.example@evil.example`: a nuisance;\n" +
			"- of members who are new: links into rooms that are not protected here (`matrix.to`, `matrix:`), for that is how rooms are advertised that nobody wants to see; those behind a shortening service; and very many at once. These are light. A link to a message is no invitation;\n" +
			"- more links than I look at, about a hundred, of anybody, where some are forbidden: light.\n\n" +
			"`example.com` in `allow` and `deny` means all below it, too; `*.example` and `*casino*` are patterns, of which `*` in `deny` means all links that are not allowed; `example.com/path` is what begins so. `allow` goes before all else but what deceives. " +
			"`links-from regular` leaves links to regulars.\n\n" +
			"Links are found in all that a message says, hidden or not, in names and topics too, with or without `https://`, in whatever way the host is written (`%65vil.example`, `evil。example`, `0x7f000001`).",
		Options: []kit.Option{l.allow, l.deny, l.all, l.invitations, l.addresses, l.shorteners, l.deceiving, l.most},
		New: func(g *kit.Given) kit.Protection {
			made := *l
			made.known = newKnown(g)
			return &made
		},
	}
}

// Links finds links to where nobody should be led.
type Links struct {
	allow, deny                  kit.Typed[*kit.Hosts]
	all, invitations, shorteners kit.Typed[trust.Level]
	addresses, deceiving         kit.Typed[bool]
	most                         kit.Typed[int]

	known known
}

// Check looks at each link.
func (l *Links) Check(in kit.Signal, room kit.View) []kit.Finding {
	if !writes(in) {
		return nil
	}
	all := in.Message.Links()
	if len(all) == 0 && !in.Message.MoreLinks() {
		return nil
	}
	allow, deny, has := l.allow.In(room), l.deny.In(room), room.Trust(in.Sender)
	weight := kit.Nuisance
	if has == trust.New {
		weight = kit.Spam
	}
	counted := 0
	for i := range all {
		link := &all[i]
		switch allowed := allow.Has(link); {
		case (link.Deceives || disguised(link)) && !link.Aside && l.deceiving.In(room):
			return l.found(in, link, kit.Nuisance, "posted a link that shows another address")
		case allowed:
		case (deny.Has(link) || room.Scam(link.Host)) && !(link.Aside && l.known.quotes(in, link.Host)):
			return l.found(in, link, weight, "posted a link to a host that is not allowed")
		case link.Aside:
		default:
			if why := l.early(link, room, has); why != "" {
				return l.found(in, link, kit.Light, why)
			}
			if !link.Maybe && link.Host != "" {
				counted++
			}
		}
	}
	if most := l.most.In(room); has == trust.New && (counted > most || in.Message.MoreLinks()) {
		return in.Found(kit.Light, "posted more than %d links in one message", most)
	}
	// Where some must not be posted, who hides them behind many has no more right to it.
	if in.Message.MissedLinks() && (!deny.Empty() || room.KnowsScams() || has < l.all.In(room)) {
		return in.Found(kit.Light, "posted more links in one message than I look at")
	}
	return nil
}

// early is why a link comes too early from a member who is trusted so far; "" if it does not.
func (l *Links) early(link *content.Link, room kit.View, has trust.Level) string {
	switch {
	case link.Maybe:
		return ""
	case link.Room != "":
		plain := link.Scheme == "" && link.Host == ""
		if has < l.invitations.In(room) && link.Invites() && (!plain || l.addresses.In(room)) && !room.Protected(link.Room) {
			return "invited to another room before they were " + l.invitations.In(room).String()
		}
	case has < l.shorteners.In(room) && link.Host != "" && shortens(link.Host):
		return "posted a shortened link before they were " + l.shorteners.In(room).String()
	case has < l.all.In(room) && link.Host != "":
		return "posted a link before they were " + l.all.In(room).String()
	}
	return ""
}

func (l *Links) found(in kit.Signal, link *content.Link, w kit.Weight, why string) []kit.Finding {
	l.known.add(in, link.Host)
	return in.Found(w, "%s: %s", why, kit.Quote(link.URL))
}

// disguised tells whether what looks like the host of a link is none: it is who logs in.
func disguised(l *content.Link) bool {
	if !l.UserInfo || l.Scheme != "http" && l.Scheme != "https" {
		return false
	}
	_, rest, _ := strings.Cut(l.URL, "://")
	before, _, _ := strings.Cut(rest, "@")
	return strings.Contains(before, ".")
}

// shortens tells whether a host is a service that shortens links, for whoever asks.
func shortens(host string) bool {
	switch strings.TrimPrefix(host, "www.") {
	case "bit.ly", "bitly.com", "j.mp", "tinyurl.com", "tiny.cc", "tiny.one", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly", "rebrand.ly", "cutt.ly",
		"shorturl.at", "rb.gy", "t.ly", "s.id", "soo.gd", "bl.ink", "short.io", "short.gy", "adf.ly", "shorte.st", "ouo.io", "bc.vc", "clck.ru", "u.to",
		"vk.cc", "qr.ae", "urlz.fr", "x.gd", "2u.pw", "surl.li", "kutt.it", "dub.sh", "shorturl.asia", "n9.cl", "lnk.to", "da.gd", "urlr.me", "t2m.io", "me2.do", "dwz.cn", "suo.im", "han.gl":
		return true
	}
	return false
}
