-- v3 -> v4 (compatible with v4+): Communities, plans, owners, and places for cases

-- A database that was made before knows one community and not its name. It is
-- '' until that community opens it for the first time. An empty bytea is written
-- substr(x, 1, 0): '' would be text in SQLite, and equal to no empty bytea.

-- Whose turn it is to write: see owner.go.
CREATE TABLE owner (
	one     INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	epoch   BIGINT  NOT NULL,
	holder  TEXT    NOT NULL,
	renewed BIGINT  NOT NULL -- ms by the database's clock, 0 if nobody holds it
);
INSERT INTO owner (one, epoch, holder, renewed) VALUES (1, 0, '', 0);

CREATE TABLE community (
	room_id TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE turn (
	one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	last BIGINT  NOT NULL
);
INSERT INTO turn (one, last) SELECT 1, COALESCE(MAX(turn), 0) FROM (
	SELECT turn FROM journal UNION ALL SELECT turn FROM command UNION ALL SELECT turn FROM question
) AS turns;

CREATE TABLE new_room_state (
	community TEXT  NOT NULL,
	room_id   bytea NOT NULL,
	type      bytea NOT NULL,
	state_key bytea NOT NULL,
	event     bytea NOT NULL,
	PRIMARY KEY (community, room_id, type, state_key)
);
INSERT INTO new_room_state SELECT '', room_id, type, state_key, event FROM room_state;
DROP TABLE room_state;
ALTER TABLE new_room_state RENAME TO room_state;

CREATE TABLE new_journal (
	community    TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	turn         BIGINT  NOT NULL, -- order of the latest attempts
	verb         TEXT    NOT NULL,
	room_id      bytea   NOT NULL,
	user_id      bytea   NOT NULL,
	action       bytea   NOT NULL, -- JSON; reason and cause are in here
	asked_by     bytea   NOT NULL, -- the event that set it off, as in action; empty in entries of v3
	parent       TEXT    NOT NULL, -- the entry that this one undoes or follows from, or empty
	expires      BIGINT  NOT NULL, -- ms, when it is to be undone; 0 for never
	state        TEXT    NOT NULL CHECK (state IN ('open', 'done', 'failed', 'dropped')),
	result_event bytea   NOT NULL,
	was          bytea   NOT NULL, -- JSON, what stood there before; empty for nothing
	attempts     INTEGER NOT NULL,
	error        bytea   NOT NULL,
	created      BIGINT  NOT NULL, -- ms
	settled      BIGINT  NOT NULL, -- ms, 0 while open
	PRIMARY KEY (community, id)
);
INSERT INTO new_journal SELECT '', id, turn, verb, room_id, user_id, action, substr(action, 1, 0), '', 0, state, result_event, substr(action, 1, 0), attempts, error, created, settled
	FROM journal;
DROP TABLE journal;
ALTER TABLE new_journal RENAME TO journal;
CREATE INDEX journal_user ON journal (community, user_id, turn);
CREATE INDEX journal_open ON journal (community, turn) WHERE state = 'open';
CREATE INDEX journal_verb ON journal (community, verb, turn);
CREATE INDEX journal_asked_by ON journal (community, asked_by) WHERE length(asked_by) > 0;
CREATE INDEX journal_parent ON journal (community, parent) WHERE parent <> '';
CREATE INDEX journal_expires ON journal (community, expires) WHERE expires > 0;
CREATE INDEX journal_settled ON journal (community, settled) WHERE state <> 'open';

CREATE TABLE new_command (
	community TEXT   NOT NULL,
	event_id  bytea  NOT NULL,
	turn      BIGINT NOT NULL,
	room_id   bytea  NOT NULL,
	sender    bytea  NOT NULL,
	body      bytea  NOT NULL, -- emptied once done
	plan      bytea  NOT NULL, -- JSON once planned; emptied once done
	state     TEXT   NOT NULL CHECK (state IN ('open', 'planned', 'done')),
	done      BIGINT NOT NULL, -- ms, 0 until then
	PRIMARY KEY (community, event_id)
);
INSERT INTO new_command SELECT '', event_id, turn, room_id, sender, body, substr(event_id, 1, 0), state, 0 FROM command;
DROP TABLE command;
ALTER TABLE new_command RENAME TO command;
CREATE INDEX command_open ON command (community, turn) WHERE state <> 'done';
CREATE INDEX command_done ON command (community, done) WHERE state = 'done';

CREATE TABLE new_question (
	community   TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	turn        BIGINT NOT NULL,
	room_id     bytea  NOT NULL,
	event_id    bytea  NOT NULL, -- empty until it was posted
	kind        TEXT   NOT NULL,
	details     bytea  NOT NULL, -- JSON
	state       TEXT   NOT NULL CHECK (state IN ('open', 'done')),
	answer      bytea  NOT NULL,
	answered_by bytea  NOT NULL,
	asked       BIGINT NOT NULL, -- ms
	answered    BIGINT NOT NULL, -- ms, 0 while open
	PRIMARY KEY (community, id)
);
INSERT INTO new_question SELECT '', id, turn, room_id, event_id, kind, details, state, answer, answered_by, asked, answered FROM question;
DROP TABLE question;
ALTER TABLE new_question RENAME TO question;
CREATE INDEX question_event ON question (community, event_id);
CREATE INDEX question_state ON question (community, state, turn);

CREATE TABLE new_setting (
	community TEXT  NOT NULL,
	namespace TEXT  NOT NULL,
	key       TEXT  NOT NULL,
	value     bytea NOT NULL, -- JSON
	PRIMARY KEY (community, namespace, key)
);
INSERT INTO new_setting SELECT '', namespace, key, value FROM setting;
DROP TABLE setting;
ALTER TABLE new_setting RENAME TO setting;

CREATE TABLE new_evidence (
	community TEXT   NOT NULL,
	event_id  bytea  NOT NULL,
	sealed    bytea  NOT NULL, -- room, sender, time and content, encrypted
	kept      BIGINT NOT NULL, -- ms
	PRIMARY KEY (community, event_id)
);
INSERT INTO new_evidence SELECT '', event_id, sealed, kept FROM evidence;
DROP TABLE evidence;
ALTER TABLE new_evidence RENAME TO evidence;
CREATE INDEX evidence_kept ON evidence (community, kept);

-- What members did, for who counts points. Never changed, only pruned.
CREATE TABLE offence (
	community  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	turn       BIGINT NOT NULL,
	user_id    bytea  NOT NULL,
	protection TEXT   NOT NULL,
	weight     BIGINT NOT NULL,
	at         BIGINT NOT NULL, -- ms
	case_no    BIGINT NOT NULL, -- 0 for none
	PRIMARY KEY (community, id)
);
CREATE INDEX offence_user ON offence (community, user_id, turn);
CREATE INDEX offence_at ON offence (community, at);

CREATE TABLE note (
	community TEXT   NOT NULL,
	id        TEXT   NOT NULL,
	turn      BIGINT NOT NULL,
	user_id   bytea  NOT NULL,
	author    bytea  NOT NULL,
	body      bytea  NOT NULL,
	at        BIGINT NOT NULL, -- ms
	PRIMARY KEY (community, id)
);
CREATE INDEX note_user ON note (community, user_id, turn);

CREATE TABLE case_file (
	community  TEXT   NOT NULL,
	number     BIGINT NOT NULL, -- from 1 on, in each community
	user_id    bytea  NOT NULL,
	opened_by  bytea  NOT NULL, -- a moderator, or empty for us
	reason     bytea  NOT NULL,
	details    bytea  NOT NULL, -- JSON
	opened     BIGINT NOT NULL, -- ms
	decision   bytea  NOT NULL, -- empty while open
	decided_by bytea  NOT NULL,
	decided    BIGINT NOT NULL, -- ms, 0 while open
	PRIMARY KEY (community, number)
);
CREATE INDEX case_user ON case_file (community, user_id, number);
CREATE INDEX case_decided ON case_file (community, decided);

CREATE TABLE report (
	community  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	turn       BIGINT NOT NULL,
	room_id    bytea  NOT NULL,
	event_id   bytea  NOT NULL, -- empty if a user is reported, and not a message
	user_id    bytea  NOT NULL, -- who is reported
	reporter   bytea  NOT NULL,
	reason     bytea  NOT NULL,
	at         BIGINT NOT NULL, -- ms
	case_no    BIGINT NOT NULL, -- 0 for none
	handled_by bytea  NOT NULL, -- empty while open
	handled    BIGINT NOT NULL, -- ms, 0 while open
	PRIMARY KEY (community, id)
);
CREATE INDEX report_user ON report (community, user_id, turn);
CREATE INDEX report_handled ON report (community, handled, turn);
