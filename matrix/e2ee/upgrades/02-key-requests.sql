-- v1 -> v2 (compatible with v2+): Keys that we asked for

-- Whoever floods us must not keep others' keys from being asked for.
ALTER TABLE forseti_parked_event ADD COLUMN sender bytea;

-- A key is asked for once of its sender and of our own devices.
CREATE TABLE forseti_key_request (
	session_id bytea   NOT NULL,
	sender     bytea   NOT NULL, -- of the messages
	room_id    bytea   NOT NULL,
	request_id TEXT    NOT NULL,
	asked      BIGINT  NOT NULL, -- ms
	open       BOOLEAN NOT NULL, -- it may still come
	PRIMARY KEY (session_id, sender)
);
