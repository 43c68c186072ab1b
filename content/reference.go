package content

import "fmt"

// Reference says what is looked at, in Markdown.
func Reference() string {
	return fmt.Sprintf(`A message is looked at as people see it, and everything else in it as well:

- **What is shown**: the text, of a formatted one what it renders to, of an edit the new one, captions, the question and the answers of a poll, what a reaction says, a place; of a room its name, topic and addresses; of a member their name, and why they left; the words of an image pack.
- **What else is in it**: the plain text of a formatted message if it says something else, what an edit shows to old clients, the quote above a reply, names of files, where links lead, what pictures say in words, what is written in white or in no size, and text in fields that the bot does not know. The quote above a reply is not counted, but what is forbidden is found in it.
- **Links**, with or without a scheme, in text and behind words: their hosts in one way of writing (`+"`https://EXAMPLE.com.:443`, `http://user@example.com`"+` and `+"`example。com`"+` are all example.com; other scripts in punycode), those that lead through another site, and links that invite to a room (matrix.to, matrix:, and addresses of rooms in text).
- **Mentions**: users who are notified, linked to, or named by their ID, @room, and those who are notified without being shown.
- **Files, pictures, stickers and custom emoji**: kind, name, size, type, and where they are. A picture within a text counts as one.
- **Fields of a wrong type**, such as a number for a text: that is a fault by itself, and hides nothing.

Encrypted messages are looked at once they can be read, also if their key comes later.

Words are looked for in the *text view*: signs that stand for letters are those letters, all are small, what is invisible is gone (zero-width characters, controls of writing direction, variation selectors), and of marks piled on one letter %d stay, or %d on Latin, Greek and Cyrillic ones, so that Arabic, Hindi, Thai or Vietnamese stay as they are. What is to be found also if it is written with letters that look like others is compared in the *skeleton view*, in which "bitcoin", "ВІТСОІN" and "b1tc0in" are the same (Unicode's rules for confusable text, and a little more). A word of letters that are not written together, such as Latin with Cyrillic, is mixed, and woven if that changes back and forth within it; Japanese, Korean and Chinese with each other's or Latin letters are neither. Characters are counted as people count them: an emoji of several parts is one.

Two texts are the same if their letters and digits are, in the skeleton view, the first %d of them; near-equal ones have %.0f %% of their groups of three characters in common, if both have %d of them or more.

Everything has its bounds. Of one text %s are read, and of those %s in the two views, %s if there are letters beyond ASCII, and half as much of one with more than %d characters: the beginning and the end. %d links, %d users, %d pictures and %d answers of a poll are looked at, and that there is more is told to protections.
`, mostMarks, mostMarksSimple, mostSampled, 100*Near, MinNear, kilobytes(mostText), kilobytes(mostViewed), kilobytes(mostForeign), MostWhole, mostLinks, mostMentions, mostPictures, mostChoices)
}

func kilobytes(n int) string { return fmt.Sprintf("%d kB", n>>10) }
