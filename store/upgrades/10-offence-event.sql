-- v9 -> v10 (compatible with v6+): Which event an offence is about, so that what is found in one counts once

-- only: postgres
ALTER TABLE offence ADD COLUMN event_id bytea NOT NULL DEFAULT '';
-- only: sqlite
ALTER TABLE offence ADD COLUMN event_id bytea NOT NULL DEFAULT x'';
