-- v0 -> v1 (compatible with v1+): First schema

-- Whatever other people can choose is bytea and not text: PostgreSQL refuses
-- a NUL or broken UTF-8 in text, and one such event would then stop the sync.

CREATE TABLE session (
	one           INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	user_id       TEXT    NOT NULL,
	device_id     TEXT    NOT NULL,
	access_token  TEXT    NOT NULL,
	refresh_token TEXT    NOT NULL
);

CREATE TABLE sync_token (
	one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	next_batch TEXT    NOT NULL
);

CREATE TABLE room_state (
	room_id   bytea NOT NULL,
	type      bytea NOT NULL,
	state_key bytea NOT NULL,
	event     bytea NOT NULL,
	PRIMARY KEY (room_id, type, state_key)
);

CREATE TABLE journal (
	id           TEXT    NOT NULL PRIMARY KEY,
	turn         BIGINT  NOT NULL, -- order of the latest attempts
	verb         TEXT    NOT NULL,
	room_id      bytea   NOT NULL,
	user_id      bytea   NOT NULL,
	action       bytea   NOT NULL, -- JSON; reason and cause are in here
	state        TEXT    NOT NULL CHECK (state IN ('open', 'done', 'failed', 'dropped')),
	result_event bytea   NOT NULL,
	attempts     INTEGER NOT NULL,
	error        bytea   NOT NULL,
	created      BIGINT  NOT NULL, -- ms
	settled      BIGINT  NOT NULL  -- ms, 0 while open
);
CREATE INDEX journal_user ON journal (user_id, turn);
CREATE INDEX journal_open ON journal (turn) WHERE state = 'open';
CREATE INDEX journal_verb ON journal (verb, turn);

CREATE TABLE command (
	event_id bytea  NOT NULL PRIMARY KEY,
	turn     BIGINT NOT NULL,
	room_id  bytea  NOT NULL,
	sender   bytea  NOT NULL,
	body     bytea  NOT NULL,
	state    TEXT   NOT NULL CHECK (state IN ('open', 'done'))
);
CREATE INDEX command_open ON command (turn) WHERE state = 'open';

CREATE TABLE question (
	id          TEXT   NOT NULL PRIMARY KEY,
	turn        BIGINT NOT NULL,
	room_id     bytea  NOT NULL,
	event_id    bytea  NOT NULL, -- empty until it was posted
	kind        TEXT   NOT NULL,
	details     bytea  NOT NULL, -- JSON
	state       TEXT   NOT NULL CHECK (state IN ('open', 'done')),
	answer      bytea  NOT NULL,
	answered_by bytea  NOT NULL,
	asked       BIGINT NOT NULL, -- ms
	answered    BIGINT NOT NULL  -- ms, 0 while open
);
CREATE INDEX question_event ON question (event_id);

CREATE TABLE learned_hash (
	hash   bytea NOT NULL PRIMARY KEY,
	entity bytea NOT NULL
);

CREATE TABLE setting (
	namespace TEXT  NOT NULL,
	key       TEXT  NOT NULL,
	value     bytea NOT NULL, -- JSON
	PRIMARY KEY (namespace, key)
);
