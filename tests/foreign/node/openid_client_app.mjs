// An application with a login by openid-client; what it knows of the issuer stands in openid_client.mjs, which a page shows.
import { createServer } from 'node:http';
import * as client from 'openid-client';
import { authorization, configure } from './openid_client.mjs';

// Against a test's issuer on loopback; an issuer in production has https.
const config = await configure({ execute: [client.allowInsecureRequests] });
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();

createServer(async (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  if (url.pathname === '/login') {
    response.writeHead(302, { Location: (await authorization(config, verifier, state)).href });
    response.end();
  } else if (url.pathname === '/callback') {
    const tokens = await client.authorizationCodeGrant(config, url, { pkceCodeVerifier: verifier, expectedState: state });
    const { email } = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    const again = await client.refreshTokenGrant(config, tokens.refresh_token);
    response.end(JSON.stringify({ email, refreshed: again.access_token !== tokens.access_token }));
  } else {
    response.end('{}');
  }
}).listen(Number(process.argv[2]), '127.0.0.1');
