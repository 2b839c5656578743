// oidc-provider with a person behind its tokens, as a peer of the bench: `node people.mjs PORT`.
// Confidential clients, client_secret_basic, PKCE S256 required, refresh tokens rotate, opaque tokens. ID tokens are
// RS256 for the client `bench`, ES256 for the client `bench-es256`.
// Its default in-memory adapter keeps 1,000 entries, so codes made beforehand would be lost: here a plain Map keeps all.
// GET /bench/KIND?count=N&client=ID gives N values of that kind, made by its own models for that client: codes,
// refresh-tokens or access-tokens.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const scope = { code: 'openid offline_access', person: 'openid profile email' };
const redirectUri = 'https://client.example/callback';
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
const accountId = 'sub_bench0123456789abcdef';
const email = 'person@people.example';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

function registered(clientId, algorithm) {
  return {
    client_id: clientId,
    client_secret: 'bench-secret-bench-secret',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    id_token_signed_response_alg: algorithm,
  };
}

class MapAdapter {
  static all = new Map();

  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    MapAdapter.all.set(this.key(id), payload);
  }

  async find(id) {
    return MapAdapter.all.get(this.key(id));
  }

  async consume(id) {
    MapAdapter.all.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    MapAdapter.all.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [name, payload] of MapAdapter.all) {
      if (payload.grantId === grantId) MapAdapter.all.delete(name);
    }
  }
}

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: MapAdapter,
  clients: [registered('bench', 'RS256'), registered('bench-es256', 'ES256')],
  jwks: {
    keys: [
      { ...rsa, kid: 'bench', use: 'sig', alg: 'RS256' },
      { ...ec, kid: 'bench-es256', use: 'sig', alg: 'ES256' },
    ],
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  claims: {
    openid: ['sub'],
    profile: ['preferred_username', 'locale', 'updated_at'],
    email: ['email', 'email_verified'],
  },
  findAccount: (ctx, sub) => ({
    accountId: sub,
    claims: () => ({
      sub,
      preferred_username: email,
      locale: 'en',
      updated_at: 1714521600,
      email,
      email_verified: true,
    }),
  }),
  ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 86400, IdToken: 3600, RefreshToken: 86400 },
  features: { devInteractions: { enabled: false } },
});

async function granted(asked, clientId) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(asked);
  const client = await provider.Client.find(clientId);
  const authTime = Math.floor(Date.now() / 1000);
  return { accountId, authTime, client, grantId: await grant.save(), scope: asked, gty: 'authorization_code' };
}

const kinds = {
  async codes(clientId) {
    const proof = { codeChallenge, codeChallengeMethod: 'S256', redirectUri };
    return new provider.AuthorizationCode({ ...(await granted(scope.code, clientId)), ...proof }).save();
  },
  async 'refresh-tokens'(clientId) {
    return new provider.RefreshToken({ ...(await granted(scope.code, clientId)), rotations: 0 }).save();
  },
  async 'access-tokens'(clientId) {
    return new provider.AccessToken(await granted(scope.person, clientId)).save();
  },
};

async function make(url) {
  MapAdapter.all.clear(); // what an earlier round left would only burden the next one
  const values = [];
  for (let left = Number(url.searchParams.get('count')); left > 0; left -= 1) {
    values.push(await kinds[url.pathname.slice('/bench/'.length)](url.searchParams.get('client')));
  }
  return JSON.stringify(values);
}

const callback = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith('/bench/')) {
    callback(request, response);
    return;
  }
  make(new URL(request.url, 'http://127.0.0.1')).then(
    (body) => response.end(body),
    (problem) => response.writeHead(500).end(String(problem.stack)),
  );
});
server.keepAliveTimeout = 75_000;
server.listen(port, '127.0.0.1');
