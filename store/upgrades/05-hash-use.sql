-- v4 -> v5 (compatible with v4+): When a learned hash was last of use

ALTER TABLE learned_hash ADD COLUMN used BIGINT NOT NULL DEFAULT 0; -- ms, 0 if it is not known
