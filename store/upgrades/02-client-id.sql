-- v1 -> v2 (compatible with v1+): Client ID of a login by OAuth 2.0

-- A refresh token is good only with the client it was given to.
ALTER TABLE session ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
