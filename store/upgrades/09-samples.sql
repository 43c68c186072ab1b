-- v8 -> v9 (compatible with v6+): What moderators marked, to be learned from

CREATE TABLE sample (
	community TEXT   NOT NULL,
	id        TEXT   NOT NULL,
	kind      TEXT   NOT NULL,
	at        BIGINT NOT NULL, -- ms
	sealed    bytea  NOT NULL, -- of whom and what
	PRIMARY KEY (community, id)
-- only: postgres
);
-- only: sqlite
) WITHOUT ROWID;
