// An application with a login by AppAuth; what it knows of the issuer stands in appauth.mjs, which a page shows.
import { createServer } from 'node:http';
import { registerHooks } from 'node:module';
import { issuer, request as asked } from './appauth.mjs';

// The package is built for bundlers, which find a module without its ending.
registerHooks({
  resolve(name, context, next) {
    const bare = name.startsWith('.') && !name.endsWith('.js') && context.parentURL?.includes('@openid/appauth');
    return next(bare ? `${name}.js` : name, context);
  },
});
const appauth = await import('@openid/appauth');
const { NodeCrypto } = await import('@openid/appauth/built/src/node_support/crypto_utils.js');
const { NodeRequestor } = await import('@openid/appauth/built/src/node_support/node_requestor.js');

const requestor = new NodeRequestor();
const configuration = await appauth.AuthorizationServiceConfiguration.fetchFromIssuer(issuer, requestor);
const request = new appauth.AuthorizationRequest(asked, new NodeCrypto(), true);
await request.setupCodeVerifier();
const utils = new appauth.BasicQueryStringUtils();
class Redirect extends appauth.AuthorizationRequestHandler {
  constructor() { super(utils, new NodeCrypto()); }
  url() { return this.buildRequestUrl(configuration, request); }
}
const tokens = new appauth.BaseTokenRequestHandler(requestor);
const token = (more) => tokens.performTokenRequest(configuration, new appauth.TokenRequest({
  client_id: asked.client_id, redirect_uri: asked.redirect_uri, ...more }));

createServer(async (incoming, response) => {
  const url = new URL(incoming.url, asked.redirect_uri);
  if (url.pathname === '/login') {
    response.writeHead(302, { Location: new Redirect().url() }).end();
  } else if (url.pathname === '/callback' && url.searchParams.get('state') === request.state) {
    const first = await token({ grant_type: 'authorization_code', code: url.searchParams.get('code'),
      extras: { code_verifier: request.internal.code_verifier } });
    const again = await token({ grant_type: 'refresh_token', refresh_token: first.refreshToken });
    const answer = await fetch(configuration.userInfoEndpoint, { headers: { Authorization: `Bearer ${again.accessToken}` } });
    const { email } = await answer.json();
    response.end(JSON.stringify({ email, refreshed: again.accessToken !== first.accessToken }));
  } else {
    response.end('{}');
  }
}).listen(Number(process.argv[2]), '127.0.0.1');
