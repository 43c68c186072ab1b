-- v2 -> v3 (compatible with v1+): Messages that were acted on

CREATE TABLE evidence (
	event_id bytea  NOT NULL PRIMARY KEY,
	sealed   bytea  NOT NULL, -- room, sender, time and content, encrypted
	kept     BIGINT NOT NULL  -- ms
);
CREATE INDEX evidence_kept ON evidence (kept);
