-- v0 -> v1 (compatible with v1+): First schema

-- Messages whose key has not come yet. bytea, because others choose what is in them.
CREATE TABLE forseti_parked_event (
	room_id    bytea  NOT NULL,
	event_id   bytea  NOT NULL,
	session_id bytea  NOT NULL,
	sender     bytea  NOT NULL,
	event      bytea  NOT NULL, -- JSON, as it came
	arrived    BIGINT NOT NULL, -- ms
	withheld   TEXT,            -- the code of why the sender keeps the key from us
	PRIMARY KEY (room_id, event_id)
);
CREATE INDEX forseti_parked_event_session ON forseti_parked_event (session_id);

-- Keys that we asked for: each once of its sender and of our own devices.
CREATE TABLE forseti_key_request (
	session_id bytea   NOT NULL,
	sender     bytea   NOT NULL, -- of the messages
	room_id    bytea   NOT NULL,
	request_id TEXT    NOT NULL,
	asked      BIGINT  NOT NULL, -- ms
	open       BOOLEAN NOT NULL, -- it may still come
	PRIMARY KEY (session_id, sender)
);

-- The moderators through whom we came into rooms: what they share of history from
-- before is read.
CREATE TABLE forseti_invite (
	room_id bytea PRIMARY KEY,
	inviter bytea NOT NULL
);
