// oidc-provider as a peer of the bench: `node server.mjs PORT opaque|jwt`.
// Its default in-memory adapter, client_secret_basic; JWTs are EdDSA, chosen by resourceIndicators as its documents say.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, format] = [Number(process.argv[2]), process.argv[3]];
const issuer = `http://127.0.0.1:${port}`;
const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });

const resourceServer = {
  scope: 'bench:read',
  accessTokenFormat: format,
  accessTokenTTL: 3600,
  jwt: { sign: { alg: 'EdDSA' } },
};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret-bench-secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'EdDSA',
    },
  ],
  jwks: { keys: [{ ...key, kid: 'bench', use: 'sig', alg: 'EdDSA' }] },
  ttl: { ClientCredentials: 3600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: format === 'jwt',
      defaultResource: () => 'urn:bench',
      useGrantedResource: () => true,
      getResourceServerInfo: () => resourceServer,
    },
  },
});

const server = createServer(provider.callback());
server.keepAliveTimeout = 75_000;
server.listen(port, '127.0.0.1');
