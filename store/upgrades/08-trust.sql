-- v7 -> v8 (compatible with v6+): How far members are trusted

-- A row for each member and for each room, which package trust reads and writes.
CREATE TABLE trust (
	community TEXT  NOT NULL,
	entity    bytea NOT NULL, -- a user or room
	record    bytea NOT NULL,
	PRIMARY KEY (community, entity)
-- only: postgres
);
-- only: sqlite
) WITHOUT ROWID;
