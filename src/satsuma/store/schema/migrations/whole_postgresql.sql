CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE account (
    account_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    locale TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    password_hash TEXT COLLATE "C",
    blocked SMALLINT NOT NULL,
    PRIMARY KEY (account_id),
    UNIQUE (email)
);

CREATE TABLE space (
    space_id TEXT COLLATE "C" NOT NULL,
    owner_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (space_id),
    UNIQUE (owner_id),
    FOREIGN KEY(owner_id) REFERENCES account (account_id)
);

CREATE TABLE membership (
    space_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (space_id, account_id),
    FOREIGN KEY(space_id) REFERENCES space (space_id),
    FOREIGN KEY(account_id) REFERENCES account (account_id)
);

CREATE TABLE application (
    application_id TEXT COLLATE "C" NOT NULL,
    space_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    public SMALLINT NOT NULL,
    redirect_uris TEXT COLLATE "C" NOT NULL,
    web_origins TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (application_id),
    UNIQUE (space_id, name),
    FOREIGN KEY(space_id) REFERENCES space (space_id),
    UNIQUE (client_id)
);

CREATE TABLE client_secret (
    secret_id TEXT COLLATE "C" NOT NULL,
    application_id TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    ciphertext BYTEA,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    last_used_from TEXT COLLATE "C",
    PRIMARY KEY (secret_id),
    FOREIGN KEY(application_id) REFERENCES application (application_id)
);

CREATE INDEX client_secret_by_end ON client_secret (expires_at);

CREATE INDEX client_secret_of_application ON client_secret (application_id);

CREATE TABLE api (
    api_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    life_cycle TEXT COLLATE "C" NOT NULL,
    issuers TEXT COLLATE "C" NOT NULL,
    upstream TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    resource_secret_digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    policy TEXT COLLATE "C" NOT NULL,
    limits TEXT COLLATE "C" NOT NULL,
    timeout BIGINT NOT NULL,
    forward_authorization SMALLINT NOT NULL,
    PRIMARY KEY (api_id),
    UNIQUE (name, version),
    UNIQUE (resource_id)
);

CREATE TABLE subscription (
    application_id TEXT COLLATE "C" NOT NULL,
    api_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, api_id),
    FOREIGN KEY(application_id) REFERENCES application (application_id),
    FOREIGN KEY(api_id) REFERENCES api (api_id)
);

CREATE TABLE key (
    kid TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    alg TEXT COLLATE "C" NOT NULL,
    public TEXT COLLATE "C" NOT NULL,
    private BYTEA NOT NULL,
    announced_at BIGINT NOT NULL,
    active_at BIGINT NOT NULL,
    retires_at BIGINT,
    gone_at BIGINT,
    uses BIGINT NOT NULL,
    PRIMARY KEY (kid)
);

CREATE TABLE revocation (
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX revocation_by_end ON revocation (until);

CREATE TABLE feed (
    seq BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    until BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (seq)
);

CREATE TABLE audit (
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    mac BYTEA,
    PRIMARY KEY (seq)
);

CREATE TABLE request_log (
    request_id TEXT COLLATE "C" NOT NULL,
    supplied_id TEXT COLLATE "C",
    at BIGINT NOT NULL,
    endpoint TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C",
    source TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    repeated BIGINT NOT NULL,
    PRIMARY KEY (request_id)
);

CREATE INDEX request_log_by_supplied_id ON request_log (supplied_id);

CREATE INDEX request_log_by_time ON request_log (at);

CREATE TABLE lease (
    work TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (work)
);

CREATE TABLE tomb (
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE meta (
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);

INSERT INTO meta (name, value) VALUES ('min_reader', '0001');

INSERT INTO meta (name, value) VALUES ('feed_floor', '0');

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;

CREATE TABLE session (
    digest BYTEA NOT NULL,
    sid TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    amr TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (digest),
    UNIQUE (sid),
    FOREIGN KEY(account_id) REFERENCES account (account_id)
);

CREATE INDEX session_of_account ON session (account_id);

CREATE INDEX session_by_start ON session (created_at);

CREATE INDEX session_by_use ON session (seen_at);

CREATE TABLE code (
    digest BYTEA NOT NULL,
    grant_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C",
    code_challenge TEXT COLLATE "C",
    context TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (digest)
);

CREATE INDEX code_by_end ON code (expires_at);

CREATE TABLE user_grant (
    grant_id TEXT COLLATE "C" NOT NULL,
    application_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    context TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    expires_at BIGINT,
    ends_at BIGINT,
    revoked_at BIGINT,
    revoked_because TEXT COLLATE "C",
    answer BYTEA,
    answer_until BIGINT,
    PRIMARY KEY (grant_id)
);

CREATE INDEX user_grant_of_account ON user_grant (account_id);

CREATE INDEX user_grant_by_end ON user_grant (expires_at, used_at);

CREATE INDEX user_grant_by_revocation ON user_grant (revoked_at);

CREATE TABLE consent (
    account_id TEXT COLLATE "C" NOT NULL,
    application_id TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account_id, application_id, issuer),
    FOREIGN KEY(account_id) REFERENCES account (account_id),
    FOREIGN KEY(application_id) REFERENCES application (application_id)
);

CREATE INDEX consent_for_application ON consent (application_id);

CREATE TABLE subject (
    account_id TEXT COLLATE "C" NOT NULL,
    application_id TEXT COLLATE "C" NOT NULL,
    sub TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account_id, application_id),
    FOREIGN KEY(account_id) REFERENCES account (account_id),
    FOREIGN KEY(application_id) REFERENCES application (application_id),
    UNIQUE (sub)
);

CREATE INDEX subject_for_application ON subject (application_id);

CREATE TABLE link (
    digest BYTEA NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (digest),
    FOREIGN KEY(account_id) REFERENCES account (account_id)
);

CREATE INDEX link_of_account ON link (account_id);

CREATE INDEX link_by_end ON link (expires_at);

CREATE TABLE work (
    work_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    payload BYTEA NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (work_id)
);

CREATE INDEX work_by_time ON work (kind, due_at);

CREATE INDEX client_secret_by_digest ON client_secret (digest);

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

ALTER TABLE user_grant ADD COLUMN blocked SMALLINT DEFAULT '0' NOT NULL;

ALTER TABLE api ADD COLUMN scope_texts TEXT COLLATE "C" DEFAULT '[]' NOT NULL;

CREATE INDEX account_blocked ON account (blocked) WHERE blocked = 1;

CREATE INDEX account_unconfirmed ON account (created_at) WHERE confirmed_at IS NULL;

CREATE INDEX user_grant_by_answer ON user_grant (answer_until) WHERE answer_until IS NOT NULL;

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

ALTER TABLE application ADD COLUMN id_token_signed_response_alg TEXT COLLATE "C" DEFAULT 'RS256' NOT NULL;

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

ALTER TABLE link ADD COLUMN sid TEXT COLLATE "C";

ALTER TABLE user_grant ADD COLUMN predecessor BIGINT;

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';

ALTER TABLE application ADD COLUMN description TEXT COLLATE "C" DEFAULT '' NOT NULL;

ALTER TABLE application ADD COLUMN default_scopes TEXT COLLATE "C" DEFAULT '[]' NOT NULL;

ALTER TABLE application ADD COLUMN pkce TEXT COLLATE "C" DEFAULT 'issuer' NOT NULL;

ALTER TABLE application ADD COLUMN access_token_format TEXT COLLATE "C" DEFAULT 'issuer' NOT NULL;

ALTER TABLE application ADD COLUMN access_token_signing_alg TEXT COLLATE "C" DEFAULT 'issuer' NOT NULL;

ALTER TABLE application ADD COLUMN post_logout_redirect_uris TEXT COLLATE "C" DEFAULT '[]' NOT NULL;

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';

CREATE TABLE plan (
    plan_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    limits TEXT COLLATE "C" NOT NULL,
    needs_approval SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (plan_id),
    UNIQUE (name)
);

ALTER TABLE subscription ADD COLUMN plan_id TEXT COLLATE "C";

ALTER TABLE subscription ADD COLUMN reason TEXT COLLATE "C" DEFAULT '' NOT NULL;

CREATE INDEX link_by_held_address ON link (email) WHERE purpose = 'undo';

CREATE INDEX subscription_waiting ON subscription (created_at) WHERE state = 'pending';

CREATE TABLE usage (
    application_id TEXT COLLATE "C" NOT NULL,
    api_id TEXT COLLATE "C" NOT NULL,
    seconds BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    PRIMARY KEY (application_id, api_id, seconds, starts_at)
);

CREATE INDEX usage_by_time ON usage (seconds, starts_at);

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';

ALTER TABLE api ADD COLUMN access TEXT COLLATE "C" DEFAULT 'approval' NOT NULL;

ALTER TABLE api ADD COLUMN description TEXT COLLATE "C" DEFAULT '' NOT NULL;

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';

CREATE INDEX request_log_by_client ON request_log (client_id, at);

UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0008';

ALTER TABLE application ADD COLUMN publisher TEXT COLLATE "C" DEFAULT '' NOT NULL;

ALTER TABLE application ADD COLUMN client_uri TEXT COLLATE "C" DEFAULT '' NOT NULL;

ALTER TABLE application ADD COLUMN policy_uri TEXT COLLATE "C" DEFAULT '' NOT NULL;

ALTER TABLE application ADD COLUMN publisher_confirmed SMALLINT DEFAULT '0' NOT NULL;

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0009';

ALTER TABLE api ADD COLUMN sandbox SMALLINT DEFAULT '0' NOT NULL;

CREATE INDEX account_sandbox ON account (created_at) WHERE role = 'sandbox';

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0010';

CREATE TABLE usage_count (
    application_id TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    seconds BIGINT NOT NULL,
    api TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    took_a BIGINT NOT NULL,
    took_b BIGINT NOT NULL,
    took_c BIGINT NOT NULL,
    took_d BIGINT NOT NULL,
    took_e BIGINT NOT NULL,
    took_f BIGINT NOT NULL,
    took_g BIGINT NOT NULL,
    took_h BIGINT NOT NULL,
    took_i BIGINT NOT NULL,
    took_j BIGINT NOT NULL,
    took_k BIGINT NOT NULL,
    took_l BIGINT NOT NULL,
    PRIMARY KEY (application_id, starts_at, seconds, api, status)
);

CREATE INDEX usage_count_by_time ON usage_count (seconds, starts_at);

UPDATE alembic_version SET version_num='0012' WHERE alembic_version.version_num = '0011';

ALTER TABLE api ADD COLUMN openapi TEXT COLLATE "C" DEFAULT '' NOT NULL;

CREATE TABLE api_document (
    api_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    packed BYTEA NOT NULL,
    PRIMARY KEY (api_id),
    FOREIGN KEY(api_id) REFERENCES api (api_id)
);

UPDATE alembic_version SET version_num='0013' WHERE alembic_version.version_num = '0012';

ALTER TABLE space ALTER COLUMN owner_id DROP NOT NULL;

ALTER TABLE space ADD COLUMN name TEXT COLLATE "C" DEFAULT '' NOT NULL;

ALTER TABLE membership ADD COLUMN joined_at BIGINT DEFAULT '0' NOT NULL;

UPDATE membership SET joined_at = (SELECT s.created_at FROM space s WHERE s.space_id = membership.space_id);

CREATE INDEX membership_of_account ON membership (account_id);

CREATE TABLE invitation (
    invitation_id TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    space_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    invited_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (invitation_id),
    UNIQUE (digest),
    FOREIGN KEY(space_id) REFERENCES space (space_id)
);

CREATE INDEX invitation_of_space ON invitation (space_id);

CREATE INDEX invitation_of_inviter ON invitation (invited_by);

CREATE INDEX invitation_by_end ON invitation (expires_at);

UPDATE alembic_version SET version_num='0014' WHERE alembic_version.version_num = '0013';

