// Drives openid-client through a flow; argv: issuer, client_id, client_secret, redirect_uri, step, ID token algorithm.
// Steps: "machine" prints a token; "start" prints the URL and what must be kept; "finish" reads these from stdin.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.env.PEERS}/package.json`);
const client = await import(require.resolve('openid-client').replace(/^\/?/, 'file:///'));
const [issuer, id, secret, redirectUri, step, algorithm] = process.argv.slice(2);
const config = await client.discovery(
  new URL(issuer),
  id,
  { client_secret: secret, id_token_signed_response_alg: algorithm },
  step === 'machine' ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret),
  {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    algorithm: step === 'machine' ? 'oauth2' : 'oidc',
  },
);
config.timeout = 20;

if (step === 'machine') {
  const tokens = await client.clientCredentialsGrant(config);
  const seen = await client.tokenIntrospection(config, tokens.access_token);
  await client.tokenRevocation(config, tokens.access_token);
  const gone = await client.tokenIntrospection(config, tokens.access_token);
  console.log(JSON.stringify({ tokens, seen, gone }));
} else if (step === 'start') {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  console.log(JSON.stringify({ url: url.href, verifier, state, nonce }));
} else {
  const kept = JSON.parse(readFileSync(0, 'utf8'));
  const tokens = await client.authorizationCodeGrant(config, new URL(kept.answer), {
    pkceCodeVerifier: kept.verifier,
    expectedState: kept.state,
    expectedNonce: kept.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  console.log(JSON.stringify({ claims, info, refreshed, id_token: tokens.id_token }));
}
