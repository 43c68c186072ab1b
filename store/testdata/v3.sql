
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE TYPE public.membership AS ENUM (
    'join',
    'leave',
    'invite',
    'ban',
    'knock'
);

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.command (
    event_id bytea NOT NULL,
    turn bigint NOT NULL,
    room_id bytea NOT NULL,
    sender bytea NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL,
    CONSTRAINT command_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text])))
);

CREATE TABLE public.crypto_account (
    account_id text NOT NULL,
    device_id text NOT NULL,
    shared boolean NOT NULL,
    sync_token text NOT NULL,
    account bytea NOT NULL,
    key_backup_version text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.crypto_cross_signing_keys (
    user_id text NOT NULL,
    usage text NOT NULL,
    key character(43) NOT NULL,
    first_seen_key character(43) NOT NULL
);

CREATE TABLE public.crypto_cross_signing_signatures (
    signed_user_id text NOT NULL,
    signed_key text NOT NULL,
    signer_user_id text NOT NULL,
    signer_key text NOT NULL,
    signature character(88) NOT NULL
);

CREATE TABLE public.crypto_device (
    user_id text NOT NULL,
    device_id text NOT NULL,
    identity_key character(43) NOT NULL,
    signing_key character(43) NOT NULL,
    trust smallint NOT NULL,
    deleted boolean NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.crypto_megolm_inbound_session (
    account_id text NOT NULL,
    session_id character(43) NOT NULL,
    sender_key character(43) NOT NULL,
    signing_key character(43),
    room_id text NOT NULL,
    session bytea,
    forwarding_chains bytea,
    shared_history boolean,
    withheld_code text,
    withheld_reason text,
    ratchet_safety jsonb,
    received_at timestamp without time zone,
    max_age bigint,
    max_messages integer,
    is_scheduled boolean DEFAULT false NOT NULL,
    key_backup_version text DEFAULT ''::text NOT NULL,
    key_source text DEFAULT ''::text NOT NULL,
    source_user text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.crypto_megolm_outbound_session (
    account_id text NOT NULL,
    room_id text NOT NULL,
    session_id character(43) NOT NULL,
    session bytea NOT NULL,
    shared boolean NOT NULL,
    max_messages integer NOT NULL,
    message_count integer NOT NULL,
    max_age bigint NOT NULL,
    shared_history boolean,
    created_at timestamp without time zone NOT NULL,
    last_used timestamp without time zone NOT NULL
);

CREATE TABLE public.crypto_megolm_outbound_session_shared (
    user_id text NOT NULL,
    identity_key character(43) NOT NULL,
    session_id character(43) NOT NULL
);

CREATE TABLE public.crypto_message_index (
    session_id character(43) NOT NULL,
    index integer NOT NULL,
    event_id text NOT NULL,
    "timestamp" bigint NOT NULL
);

CREATE TABLE public.crypto_olm_message_hash (
    account_id text NOT NULL,
    received_at bigint NOT NULL,
    message_hash bytea NOT NULL
);

CREATE TABLE public.crypto_olm_session (
    account_id text NOT NULL,
    session_id character(43) NOT NULL,
    sender_key character(43) NOT NULL,
    session bytea NOT NULL,
    created_at timestamp without time zone NOT NULL,
    last_decrypted timestamp without time zone NOT NULL,
    last_encrypted timestamp without time zone NOT NULL
);

CREATE TABLE public.crypto_secrets (
    account_id text NOT NULL,
    name text NOT NULL,
    secret bytea NOT NULL
);

CREATE TABLE public.crypto_tracked_user (
    user_id text NOT NULL,
    devices_outdated boolean DEFAULT false NOT NULL
);

CREATE TABLE public.crypto_version (
    version integer,
    compat integer
);

CREATE TABLE public.database_owner (
    key integer DEFAULT 0 NOT NULL,
    owner text NOT NULL
);

CREATE TABLE public.evidence (
    event_id bytea NOT NULL,
    sealed bytea NOT NULL,
    kept bigint NOT NULL
);

CREATE TABLE public.forseti_version (
    version integer,
    compat integer
);

CREATE TABLE public.journal (
    id text NOT NULL,
    turn bigint NOT NULL,
    verb text NOT NULL,
    room_id bytea NOT NULL,
    user_id bytea NOT NULL,
    action bytea NOT NULL,
    state text NOT NULL,
    result_event bytea NOT NULL,
    attempts integer NOT NULL,
    error bytea NOT NULL,
    created bigint NOT NULL,
    settled bigint NOT NULL,
    CONSTRAINT journal_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text, 'failed'::text, 'dropped'::text])))
);

CREATE TABLE public.learned_hash (
    hash bytea NOT NULL,
    entity bytea NOT NULL
);

CREATE TABLE public.mx_registrations (
    user_id text NOT NULL
);

CREATE TABLE public.mx_room_state (
    room_id text NOT NULL,
    power_levels jsonb,
    encryption jsonb,
    create_event jsonb,
    join_rules jsonb,
    history_visibility jsonb,
    members_fetched boolean DEFAULT false NOT NULL
);

CREATE TABLE public.mx_user_profile (
    room_id text NOT NULL,
    user_id text NOT NULL,
    membership public.membership NOT NULL,
    displayname text DEFAULT ''::text NOT NULL,
    avatar_url text DEFAULT ''::text NOT NULL,
    name_skeleton bytea
);

CREATE TABLE public.mx_version (
    version integer,
    compat integer
);

CREATE TABLE public.question (
    id text NOT NULL,
    turn bigint NOT NULL,
    room_id bytea NOT NULL,
    event_id bytea NOT NULL,
    kind text NOT NULL,
    details bytea NOT NULL,
    state text NOT NULL,
    answer bytea NOT NULL,
    answered_by bytea NOT NULL,
    asked bigint NOT NULL,
    answered bigint NOT NULL,
    CONSTRAINT question_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text])))
);

CREATE TABLE public.room_state (
    room_id bytea NOT NULL,
    type bytea NOT NULL,
    state_key bytea NOT NULL,
    event bytea NOT NULL
);

CREATE TABLE public.session (
    one integer NOT NULL,
    user_id text NOT NULL,
    device_id text NOT NULL,
    access_token text NOT NULL,
    refresh_token text NOT NULL,
    client_id text DEFAULT ''::text NOT NULL,
    CONSTRAINT session_one_check CHECK ((one = 1))
);

CREATE TABLE public.setting (
    namespace text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL
);

CREATE TABLE public.sync_token (
    one integer NOT NULL,
    next_batch text NOT NULL,
    CONSTRAINT sync_token_one_check CHECK ((one = 1))
);

INSERT INTO public.command VALUES ('\x246b69636b', 4, '\x216d616e6167656d656e743a6578616d706c652e6f7267', '\x406d6f643a6578616d706c652e6f7267', '\x6b69636b2040753a6578616d706c652e6f72672000ff27223b2044524f50205441424c45206a6f75726e616c3b202d2d20e280a8', 'open');
INSERT INTO public.command VALUES ('\x246c61746572', 5, '\x216d616e6167656d656e743a6578616d706c652e6f7267', '\x406d6f643a6578616d706c652e6f7267', '\x73796e63', 'open');
INSERT INTO public.command VALUES ('\x24646f6e65', 3, '\x216d616e6167656d656e743a6578616d706c652e6f7267', '\x406d6f643a6578616d706c652e6f7267', '\x', 'done');

INSERT INTO public.crypto_version VALUES (21, 20);

INSERT INTO public.database_owner VALUES (0, 'forseti');

INSERT INTO public.evidence VALUES ('\x24666c6f6f64', '\x69f502bfd6b4e3b99cde1c4b101fc2aa4b2dfebff86e928be493980bb61e7560cbdbe48c8883653f501d4865e6b5c89c3760d43995143001dfb3aee7ba411613c1ad6a0aaefca2f54d59668aa31ed1a6bf414fc50f8f450582f9e986dbf1ecec1b704fef95be6a1d00c4350f01c41d3b84ada591ed4baf58f3cd7feedcc07b8237fb9b8ce2b099140cc0cf3e1df1c7f52a6c203662665e', 1795691104675);

INSERT INTO public.forseti_version VALUES (3, 1);

INSERT INTO public.journal VALUES ('QR2QSUDBURKAHUG6574FY767ZW', 1, 'redact', '\x21613a6578616d706c652e6f7267', '\x', '\x7b226964223a22515232515355444255524b414855473635373446593736375a57222c2276657262223a22726564616374222c22726f6f6d223a2221613a6578616d706c652e6f7267222c226576656e74223a2224666c6f6f64222c22726561736f6e223a22666c6f6f64696e67222c226361757365223a7b226b696e64223a2270726f74656374696f6e222c2270726f74656374696f6e223a22666c6f6f64696e67222c226576656e74223a2224666c6f6f64227d7d', 'open', '\x', 0, '\x', 1795691104673, 0);
INSERT INTO public.journal VALUES ('Z4WKBHPXQEVO2JWDSH443XUW5J', 2, 'ban', '\x21623a6578616d706c652e6f7267', '\x4077616974696e673a6576696c2e6578616d706c65', '\x7b226964223a225a34574b424850585145564f324a57445348343433585557354a222c2276657262223a2262616e222c22726f6f6d223a2221623a6578616d706c652e6f7267222c2275736572223a224077616974696e673a6576696c2e6578616d706c65222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2272756c65222c226c697374223a22216c6973743a6578616d706c652e6f7267222c2272756c65223a222472756c65222c22656e74697479223a22402a3a6576696c2e6578616d706c65227d7d', 'open', '\x', 0, '\x', 1795691104674, 0);
INSERT INTO public.journal VALUES ('UMQYDOIM3ZTRQSRV7HKEEIRZVY', 6, 'ban', '\x21613a6578616d706c652e6f7267', '\x406f7572733a6576696c2e6578616d706c65', '\x7b226964223a22554d5159444f494d335a54525153525637484b454549525a5659222c2276657262223a2262616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22406f7572733a6576696c2e6578616d706c65222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2272756c65222c226c697374223a22216c6973743a6578616d706c652e6f7267222c2272756c65223a222472756c65222c22656e74697479223a22402a3a6576696c2e6578616d706c65227d7d', 'done', '\x2462616e31', 1, '\x', 1795691104684, 1795691104685);
INSERT INTO public.journal VALUES ('22OVHZCYHVZQFOLSVKAXRBNRFF', 7, 'ban', '\x21613a6578616d706c652e6f7267', '\x406c69667465643a6576696c2e6578616d706c65', '\x7b226964223a2232324f56485a435948565a51464f4c53564b415852424e524646222c2276657262223a2262616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22406c69667465643a6576696c2e6578616d706c65222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2272756c65222c226c697374223a22216c6973743a6578616d706c652e6f7267222c2272756c65223a222472756c65222c22656e74697479223a22402a3a6576696c2e6578616d706c65227d7d', 'done', '\x2462616e32', 1, '\x', 1795691104688, 1795691104690);
INSERT INTO public.journal VALUES ('HQ7YTV46NBSNUGCX4NA4DO2GMX', 8, 'unban', '\x21613a6578616d706c652e6f7267', '\x406c69667465643a6576696c2e6578616d706c65', '\x7b226964223a2248513759545634364e42534e55474358344e4134444f32474d58222c2276657262223a22756e62616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22406c69667465643a6576696c2e6578616d706c65222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a226d6f64657261746f72222c226d6f64657261746f72223a22406d6f643a6578616d706c652e6f7267222c226576656e74223a22246b69636b227d7d', 'done', '\x24756e62616e32', 1, '\x', 1795691104694, 1795691104697);
INSERT INTO public.journal VALUES ('57LKL7VKURSD7GMCIFXFKNKQ6K', 9, 'ban', '\x21613a6578616d706c652e6f7267', '\x40646f7562743a6576696c2e6578616d706c65', '\x7b226964223a2235374c4b4c37564b5552534437474d43494658464b4e4b51364b222c2276657262223a2262616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a2240646f7562743a6576696c2e6578616d706c65222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2270726f74656374696f6e222c2270726f74656374696f6e223a22666c6f6f64696e67222c226576656e74223a2224666c6f6f64227d7d', 'open', '\x', 1, '\x', 1795691104704, 0);
INSERT INTO public.journal VALUES ('YDVYGXSBVCBFN4BDOJSC7PPEWR', 10, 'ban', '\x21613a6578616d706c652e6f7267', '\x406661696c65643a6576696c2e6578616d706c65', '\x7b226964223a225944565947585342564342464e3442444f4a5343375050455752222c2276657262223a2262616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22406661696c65643a6576696c2e6578616d706c65222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2272756c65222c226c697374223a22216c6973743a6578616d706c652e6f7267222c2272756c65223a222472756c65222c22656e74697479223a22402a3a6576696c2e6578616d706c65227d7d', 'failed', '\x', 1, '\x4d5f464f5242494444454e', 1795691104710, 1795691104715);
INSERT INTO public.journal VALUES ('IY43M2JCRIDUVVCQ7TQXBGDKDS', 11, 'kick', '\x21613a6578616d706c652e6f7267', '\x406b69636b65643a6578616d706c652e6f7267', '\x7b226964223a22495934334d324a435249445556564351375451584247444b4453222c2276657262223a226b69636b222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22406b69636b65643a6578616d706c652e6f7267222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a226d6f64657261746f72222c226d6f64657261746f72223a22406d6f643a6578616d706c652e6f7267222c226576656e74223a22246b69636b227d7d', 'done', '\x246b69636b6564', 1, '\x', 1795691104718, 1795691104719);
INSERT INTO public.journal VALUES ('ABIQ7UXJGT2EAL4EOHYDWJM7MD', 12, 'kick', '\x21613a6578616d706c652e6f7267', '\x40726574726965643a6578616d706c652e6f7267', '\x7b226964223a22414249513755584a47543245414c34454f485944574a4d374d44222c2276657262223a226b69636b222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a2240726574726965643a6578616d706c652e6f7267222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a226d6f64657261746f72222c226d6f64657261746f72223a22406d6f643a6578616d706c652e6f7267222c226576656e74223a22246b69636b227d7d', 'open', '\x', 1, '\x74696d656f7574', 1795691104725, 0);
INSERT INTO public.journal VALUES ('RNB4W5CDE4PHTZWM5XW47CWQ74', 13, 'ban', '\x21613a6578616d706c652e6f7267', '\x406472793a6578616d706c652e6f7267', '\x7b226964223a22524e42345735434445345048545a574d35585734374357513734222c2276657262223a2262616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22406472793a6578616d706c652e6f7267222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2272756c65222c226c697374223a22216c6973743a6578616d706c652e6f7267222c2272756c65223a222472756c65222c22656e74697479223a22402a3a6576696c2e6578616d706c65227d7d', 'dropped', '\x', 1, '\x', 1795691104727, 1795691104730);
INSERT INTO public.journal VALUES ('ZJUVS4XBYUL4F7RV5L65TKZ47I', 14, 'ban', '\x21613a6578616d706c652e6f7267', '\x4000ff27223b2044524f50205441424c45206a6f75726e616c3b202d2d20e280a8', '\x7b226964223a225a4a55565334584259554c3446375256354c3635544b5a343749222c2276657262223a2262616e222c22726f6f6d223a2221613a6578616d706c652e6f7267222c2275736572223a22405c75303030305c7566666664275c223b2044524f50205441424c45206a6f75726e616c3b202d2d205c7532303238222c22726561736f6e223a227370616d222c226361757365223a7b226b696e64223a2272756c65222c226c697374223a22216c6973743a6578616d706c652e6f7267222c2272756c65223a222472756c65222c22656e74697479223a22402a3a6576696c2e6578616d706c65227d7d', 'done', '\x2462616e33', 1, '\x', 1795691104730, 1795691104732);
INSERT INTO public.journal VALUES ('6O5FZFCY6TTEK4LNLLJBM2C53O', 15, 'set_state', '\x21613a6578616d706c652e6f7267', '\x', '\x7b226964223a22364f35465a464359365454454b344c4e4c4c4a424d324335334f222c2276657262223a227365745f7374617465222c22726f6f6d223a2221613a6578616d706c652e6f7267222c226361757365223a7b226b696e64223a22666f7273657469227d2c227374617465223a7b2274797065223a226d2e726f6f6d2e7365727665725f61636c222c226b6579223a22222c22636f6e74656e74223a7b2264656e79223a5b226576696c2e6578616d706c65225d7d7d7d', 'done', '\x2461636c', 1, '\x', 1795691104741, 1795691104744);

INSERT INTO public.learned_hash VALUES ('\x0000000000000000000000000000000000000000000000000000000000000000', '\x406c6561726e65643a6578616d706c652e6f7267');

INSERT INTO public.mx_version VALUES (11, 3);

INSERT INTO public.question VALUES ('answered', 16, '\x216d616e6167656d656e743a6578616d706c652e6f7267', '\x24616e737765726564', 'rules', '\x7b7d', 'done', '\x796573', '\x406d6f643a6578616d706c652e6f7267', 1795691104748, 1795691104757);
INSERT INTO public.question VALUES ('posted', 17, '\x216d616e6167656d656e743a6578616d706c652e6f7267', '\x24706f73746564', 'room', '\x7b226b696e64223a22726f6f6d222c22726f6f6d223a2221623a6578616d706c652e6f7267227d', 'open', '\x', '\x', 1795691104759, 0);
INSERT INTO public.question VALUES ('unposted', 18, '\x216d616e6167656d656e743a6578616d706c652e6f7267', '\x', 'command', '\x7b226b696e64223a22636f6d6d616e64222c226c696e65223a22756e62616e202a227d', 'open', '\x', '\x', 1795691104766, 0);

INSERT INTO public.room_state VALUES ('\x', '\x6f72672e6d61747269782e6d6a6f6c6e69722e70726f7465637465645f726f6f6d73', '\x', '\x7b2274797065223a226f72672e6d61747269782e6d6a6f6c6e69722e70726f7465637465645f726f6f6d73222c22636f6e74656e74223a7b22726f6f6d73223a5b2221613a6578616d706c652e6f7267225d7d7d');
INSERT INTO public.room_state VALUES ('\x21613a6578616d706c652e6f7267', '\x6d2e726f6f6d2e6e616d65', '\x', '\x7b2274797065223a226d2e726f6f6d2e6e616d65222c2273746174655f6b6579223a22222c22636f6e74656e74223a7b226e616d65223a2241227d7d');
INSERT INTO public.room_state VALUES ('\x21613a6578616d706c652e6f7267', '\x6d2e726f6f6d2e6d656d626572', '\x40753a6578616d706c652e6f7267', '\x7b2274797065223a226d2e726f6f6d2e6d656d626572222c2273746174655f6b6579223a2240753a6578616d706c652e6f7267222c22636f6e74656e74223a7b226d656d62657273686970223a226a6f696e227d7d');
INSERT INTO public.room_state VALUES ('\x2100ff27223b2044524f50205441424c45206a6f75726e616c3b202d2d20e280a8', '\x7400ff27223b2044524f50205441424c45206a6f75726e616c3b202d2d20e280a8', '\x00ff27223b2044524f50205441424c45206a6f75726e616c3b202d2d20e280a8', '\x7b226e61737479223a317d');

INSERT INTO public.session VALUES (1, '@bot:example.org', 'DEVICE', 'access', 'refresh', 'client');

INSERT INTO public.setting VALUES ('mode', 'dry_run', '\x66616c7365');
INSERT INTO public.setting VALUES ('mode', 'limits', '\x7b226d656d62657273223a337d');
INSERT INTO public.setting VALUES ('acl', '!a:example.org', '\x5b226576696c2e6578616d706c65225d');
INSERT INTO public.setting VALUES ('seen', 'rate_limit', '\x7b226174223a317d');

INSERT INTO public.sync_token VALUES (1, 's12_34');

ALTER TABLE ONLY public.command
    ADD CONSTRAINT command_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.crypto_account
    ADD CONSTRAINT crypto_account_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.crypto_cross_signing_keys
    ADD CONSTRAINT crypto_cross_signing_keys_pkey PRIMARY KEY (user_id, usage);

ALTER TABLE ONLY public.crypto_cross_signing_signatures
    ADD CONSTRAINT crypto_cross_signing_signatures_pkey PRIMARY KEY (signed_user_id, signed_key, signer_user_id, signer_key);

ALTER TABLE ONLY public.crypto_device
    ADD CONSTRAINT crypto_device_pkey PRIMARY KEY (user_id, device_id);

ALTER TABLE ONLY public.crypto_megolm_inbound_session
    ADD CONSTRAINT crypto_megolm_inbound_session_pkey PRIMARY KEY (account_id, session_id);

ALTER TABLE ONLY public.crypto_megolm_outbound_session
    ADD CONSTRAINT crypto_megolm_outbound_session_pkey PRIMARY KEY (account_id, room_id);

ALTER TABLE ONLY public.crypto_megolm_outbound_session
    ADD CONSTRAINT crypto_megolm_outbound_session_session_id_key UNIQUE (session_id);

ALTER TABLE ONLY public.crypto_megolm_outbound_session_shared
    ADD CONSTRAINT crypto_megolm_outbound_session_shared_pkey PRIMARY KEY (user_id, identity_key, session_id);

ALTER TABLE ONLY public.crypto_message_index
    ADD CONSTRAINT crypto_message_index_pkey PRIMARY KEY (session_id, index);

ALTER TABLE ONLY public.crypto_olm_message_hash
    ADD CONSTRAINT crypto_olm_message_hash_pkey PRIMARY KEY (message_hash);

ALTER TABLE ONLY public.crypto_olm_session
    ADD CONSTRAINT crypto_olm_session_pkey PRIMARY KEY (account_id, session_id);

ALTER TABLE ONLY public.crypto_secrets
    ADD CONSTRAINT crypto_secrets_pkey PRIMARY KEY (account_id, name);

ALTER TABLE ONLY public.crypto_tracked_user
    ADD CONSTRAINT crypto_tracked_user_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.database_owner
    ADD CONSTRAINT database_owner_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT evidence_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.learned_hash
    ADD CONSTRAINT learned_hash_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.mx_registrations
    ADD CONSTRAINT mx_registrations_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.mx_room_state
    ADD CONSTRAINT mx_room_state_pkey PRIMARY KEY (room_id);

ALTER TABLE ONLY public.mx_user_profile
    ADD CONSTRAINT mx_user_profile_pkey PRIMARY KEY (room_id, user_id);

ALTER TABLE ONLY public.question
    ADD CONSTRAINT question_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.room_state
    ADD CONSTRAINT room_state_pkey PRIMARY KEY (room_id, type, state_key);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (namespace, key);

ALTER TABLE ONLY public.sync_token
    ADD CONSTRAINT sync_token_pkey PRIMARY KEY (one);

CREATE INDEX command_open ON public.command USING btree (turn) WHERE (state = 'open'::text);

CREATE INDEX crypto_megolm_inbound_session_backup_idx ON public.crypto_megolm_inbound_session USING btree (account_id, key_backup_version) WHERE (session IS NOT NULL);

CREATE INDEX crypto_olm_message_hash_account_idx ON public.crypto_olm_message_hash USING btree (account_id);

CREATE INDEX crypto_olm_session_sender_key_idx ON public.crypto_olm_session USING btree (account_id, sender_key);

CREATE INDEX evidence_kept ON public.evidence USING btree (kept);

CREATE INDEX journal_open ON public.journal USING btree (turn) WHERE (state = 'open'::text);

CREATE INDEX journal_user ON public.journal USING btree (user_id, turn);

CREATE INDEX journal_verb ON public.journal USING btree (verb, turn);

CREATE INDEX mx_user_profile_membership_idx ON public.mx_user_profile USING btree (room_id, membership);

CREATE INDEX mx_user_profile_name_skeleton_idx ON public.mx_user_profile USING btree (room_id, name_skeleton);

CREATE INDEX question_event ON public.question USING btree (event_id);

ALTER TABLE ONLY public.crypto_olm_message_hash
    ADD CONSTRAINT crypto_olm_message_hash_account_fkey FOREIGN KEY (account_id) REFERENCES public.crypto_account(account_id) ON UPDATE CASCADE ON DELETE CASCADE;

