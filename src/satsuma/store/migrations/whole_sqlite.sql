CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE account (
    account_id TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    locale TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    password_hash TEXT,
    blocked SMALLINT NOT NULL,
    PRIMARY KEY (account_id),
    UNIQUE (email)
);

CREATE TABLE space (
    space_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (space_id),
    UNIQUE (owner_id),
    FOREIGN KEY(owner_id) REFERENCES account (account_id)
);

CREATE TABLE membership (
    space_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (space_id, account_id),
    FOREIGN KEY(space_id) REFERENCES space (space_id),
    FOREIGN KEY(account_id) REFERENCES account (account_id)
);

CREATE TABLE application (
    application_id TEXT NOT NULL,
    space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    client_id TEXT NOT NULL,
    state TEXT NOT NULL,
    generation BIGINT NOT NULL,
    public SMALLINT NOT NULL,
    redirect_uris TEXT NOT NULL,
    web_origins TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (application_id),
    UNIQUE (space_id, name),
    FOREIGN KEY(space_id) REFERENCES space (space_id),
    UNIQUE (client_id)
);

CREATE TABLE client_secret (
    secret_id TEXT NOT NULL,
    application_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    ciphertext BLOB,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    last_used_from TEXT,
    PRIMARY KEY (secret_id),
    FOREIGN KEY(application_id) REFERENCES application (application_id)
);

CREATE INDEX client_secret_by_end ON client_secret (expires_at);

CREATE INDEX client_secret_of_application ON client_secret (application_id);

CREATE TABLE api (
    api_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    life_cycle TEXT NOT NULL,
    issuers TEXT NOT NULL,
    upstream TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource_secret_digest BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    policy TEXT NOT NULL,
    limits TEXT NOT NULL,
    timeout BIGINT NOT NULL,
    forward_authorization SMALLINT NOT NULL,
    PRIMARY KEY (api_id),
    UNIQUE (name, version),
    UNIQUE (resource_id)
);

CREATE TABLE subscription (
    application_id TEXT NOT NULL,
    api_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (application_id, api_id),
    FOREIGN KEY(application_id) REFERENCES application (application_id),
    FOREIGN KEY(api_id) REFERENCES api (api_id)
);

CREATE TABLE "key" (
    kid TEXT NOT NULL,
    purpose TEXT NOT NULL,
    alg TEXT NOT NULL,
    public TEXT NOT NULL,
    private BLOB NOT NULL,
    announced_at BIGINT NOT NULL,
    active_at BIGINT NOT NULL,
    retires_at BIGINT,
    gone_at BIGINT,
    uses BIGINT NOT NULL,
    PRIMARY KEY (kid)
);

CREATE TABLE revocation (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX revocation_by_end ON revocation (until);

CREATE TABLE feed (
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    until BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (seq)
);

CREATE TABLE audit (
    seq INTEGER NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    mac BLOB,
    PRIMARY KEY (seq)
);

CREATE TABLE request_log (
    request_id TEXT NOT NULL,
    supplied_id TEXT,
    at BIGINT NOT NULL,
    endpoint TEXT NOT NULL,
    status BIGINT NOT NULL,
    slug TEXT NOT NULL,
    client_id TEXT,
    source TEXT NOT NULL,
    detail TEXT NOT NULL,
    repeated BIGINT NOT NULL,
    PRIMARY KEY (request_id)
);

CREATE INDEX request_log_by_supplied_id ON request_log (supplied_id);

CREATE INDEX request_log_by_time ON request_log (at);

CREATE TABLE lease (
    work TEXT NOT NULL,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (work)
);

CREATE TABLE tomb (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

INSERT INTO meta (name, value) VALUES ('min_reader', '0001');

INSERT INTO meta (name, value) VALUES ('feed_floor', '0');

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING version_num;

