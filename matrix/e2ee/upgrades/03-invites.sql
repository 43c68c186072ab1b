-- v2 -> v3 (compatible with v2+): Who invited us

-- The moderators through whom we came into rooms: what they share of history from
-- before is read.
CREATE TABLE forseti_invite (
	room_id bytea PRIMARY KEY,
	inviter bytea NOT NULL
);
