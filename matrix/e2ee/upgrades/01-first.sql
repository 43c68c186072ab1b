-- v0 -> v1 (compatible with v1+): First schema

-- Messages whose key has not come yet. bytea, because others choose what is in them.
CREATE TABLE forseti_parked_event (
	room_id    bytea  NOT NULL,
	event_id   bytea  NOT NULL,
	session_id bytea  NOT NULL,
	event      bytea  NOT NULL, -- JSON, as it came
	arrived    BIGINT NOT NULL, -- ms
	PRIMARY KEY (room_id, event_id)
);
CREATE INDEX forseti_parked_event_session ON forseti_parked_event (session_id);
