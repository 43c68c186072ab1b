-- v6 -> v7 (compatible with v6+): What followed from an offence, and whether it counts

-- only: postgres
ALTER TABLE offence ADD COLUMN room_id bytea NOT NULL DEFAULT '';
-- only: sqlite
ALTER TABLE offence ADD COLUMN room_id bytea NOT NULL DEFAULT x'';
ALTER TABLE offence ADD COLUMN class  TEXT   NOT NULL DEFAULT '';
ALTER TABLE offence ADD COLUMN step   TEXT   NOT NULL DEFAULT ''; -- that was taken for it
ALTER TABLE offence ADD COLUMN undone BIGINT NOT NULL DEFAULT 0;  -- ms, 0 while it counts
