"""Node: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.targets import javascript as js

_PROGRAM: Final = """\
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";

«setting»

«authorize_url»
«token_url»
«redirect_uri»
«client_id»
«secret»
const logins = new Map(); // what was begun, by the cookie of the browser

function begin(response) {
  const browser = randomBytes(32).toString("base64url");
  const state = randomBytes(32).toString("base64url");
  const verifier = randomBytes(32).toString("base64url");
  logins.set(browser, { state, verifier });
  setTimeout(() => logins.delete(browser), 600_000).unref();
  const url = new URL(authorizeUrl);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    «scope»
    redirect_uri: redirectUri,
    state,
    «challenge»
  };
  for (const [name, value] of Object.entries(parameters)) {
    url.searchParams.set(name, value);
  }
  const cookie = `login=${browser}; HttpOnly; SameSite=Lax; Path=/`;
  response.writeHead(302, { Location: url.href, "Set-Cookie": cookie });
  response.end();
}

async function finish(request, query, response) {
  const cookies = request.headers.cookie ?? "";
  const browser = /(?:^|; )login=([\\w-]+)/.exec(cookies)?.[1];
  const login = logins.get(browser);
  logins.delete(browser);
  if (!login || query.get("state") !== login.state) {
    return say(response, 400, "This login was not begun here, or is over");
  }
  if (query.has("error")) {
    return say(response, 403, `You were not logged in: ${query.get("error")}`);
  }
  const answer = await exchange(query.get("code") ?? "", login.verifier);
  const said = await answer.json();
  if (!answer.ok) {
    return say(response, 502, `${said.error}: ${said.error_description}`);
  }
  // Keep said.access_token and said.refresh_token here, on the server.
  return say(response, 200, `Logged in for ${said.expires_in} seconds`);
}

function exchange(code, verifier) {
  «basic»
  return fetch(tokenUrl, {
    method: "POST",
    headers: {
      Accept: "application/json",
      «authorization»
    },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      «form»
    }),
    redirect: "manual",
    signal: AbortSignal.timeout(20_000),
  });
}

function say(response, status, sentence) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${sentence}\\n`);
}

const home = new URL(redirectUri);
const server = createServer(async (request, response) => {
  const url = new URL(request.url, home);
  try {
    if (url.pathname === "/login") {
      begin(response);
    } else if (url.pathname === home.pathname) {
      await finish(request, url.searchParams, response);
    } else {
      say(response, 404, "Begin at /login");
    }
  } catch {
    say(response, 502, "The server that logs people in gave no whole answer");
  }
});
server.listen(home.port || 8080, () => console.log("Open /login"));
"""


def program(values: Values) -> str:
    """The handler, for a client with or without a secret."""
    confidential = not values.public
    basic = ["const pair = Buffer.from(`${clientId}:${clientSecret}`);"] if confidential else []
    challenge = [
        'code_challenge: createHash("sha256").update(verifier).digest("base64url"),',
        'code_challenge_method: "S256",',
    ]
    form = ["code_verifier: verifier,"] if values.has_pkce else []
    form += [] if confidential else ["client_id: clientId,"]
    return fill(
        _PROGRAM,
        setting=js.NODE_SETTING,
        authorize_url=js.constant("authorizeUrl", js.NODE(canonical_url(values.authorize_url))),
        token_url=js.constant("tokenUrl", js.NODE(canonical_url(values.token_url))),
        redirect_uri=js.constant("redirectUri", js.NODE(values.redirect_uri)),
        client_id=js.constant("clientId", js.NODE(values.client_id)),
        secret=[f"const clientSecret = {js.NODE(SECRET)};"] if confidential else [],
        scope=[f"scope: {js.NODE(values.scope or 'openid')},"],
        challenge=challenge if values.has_pkce else [],
        basic=basic,
        authorization=(
            ['Authorization: `Basic ${pair.toString("base64")}`,'] if confidential else []
        ),
        form=form,
    )
