package main

import (
	"time"

	"maunium.net/go/mautrix/id"
)

// Scene is something that happens in protected rooms, from which it can be told whether
// protections were right: who wrote what, where, and how long after the line before.
type Scene struct {
	Corpus string
	Name   string // within it
	Lines  []Line
}

// Line is one message of a scene, and what is true of it.
type Line struct {
	By      id.UserID
	Name    string // that the author has in the room; "" for what their ID says
	Room    int
	After   time.Duration
	Type    string // of the event; "" for m.room.message
	Content map[string]any
	// Encrypted says that the homeserver could not read it, and we could.
	Encrypted bool
	// Spam says that it should go; all else should be left alone, and its author too.
	Spam bool
}

// said is a message of text alone.
func said(by id.UserID, text string) Line { return Line{By: by, Content: plain(text)} }

func plain(text string) map[string]any { return map[string]any{"msgtype": "m.text", "body": text} }

// alone makes a scene of each message: its author has just come, and nobody else says
// anything.
func alone(corpus string, spam bool, contents ...map[string]any) []Scene {
	scenes := make([]Scene, 0, len(contents))
	for _, content := range contents {
		body, _ := content["body"].(string)
		scenes = append(scenes, Scene{corpus, body, []Line{{By: "@newcomer:example.org", Content: content, Spam: spam}}})
	}
	return scenes
}

// together makes one scene of messages, in their order, of so many who take turns and have
// come one after another.
func together(corpus, name string, authors []id.UserID, contents []map[string]any) Scene {
	const pause = 20 * time.Second
	scene := Scene{Corpus: corpus, Name: name}
	for i, content := range contents {
		scene.Lines = append(scene.Lines, Line{By: authors[i*len(authors)/len(contents)], After: pause, Content: content})
	}
	return scene
}
