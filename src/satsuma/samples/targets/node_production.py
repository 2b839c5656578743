"""Node in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import javascript as js
from satsuma.samples.targets import node_authorize

_PROGRAM: Final = """\
«setting»

«token_url»
«api_url»
«client_id»
const clientSecret = «secret»;
const pair = Buffer.from(`${clientId}:${clientSecret}`);
const basic = pair.toString("base64");

let held; // the promise of a token: whoever needs one waits for the same
let pausedUntil = 0;

async function requestToken() {
  const answer = await send(tokenUrl, {
    method: "POST",
    headers: { Accept: "application/json", Authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      «scope»
    }),
  });
  const { access_token: value, expires_in: seconds } = await read(answer);
  return { value, until: Date.now() + seconds * 900 };
}

async function token(refused) {
  const seen = held;
  const got = await seen;
  if (got && got.value !== refused && Date.now() < got.until) {
    return got.value;
  }
  if (held === seen) {
    held = requestToken();
    held.catch(() => (held = undefined));
  }
  return (await held).value;
}

async function send(url, options) {
  const pause = pausedUntil - Date.now();
  if (pause > 0) {
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  const signal = AbortSignal.timeout(20_000);
  return fetch(url, { ...options, redirect: "manual", signal });
}

function sendWith(value) {
  const headers = {
    Accept: "application/json",
    Authorization: `Bearer ${value}`,
  };
  return send(apiUrl, { headers });
}

async function call() {
  let value = await token();
  let response = await sendWith(value);
  if (response.status === 401) {
    value = await token(value);
    response = await sendWith(value);
  }
  if (response.status === 429) {
    const seconds = Number(response.headers.get("retry-after")) || 1;
    pausedUntil = Math.max(pausedUntil, Date.now() + seconds * 1000);
    response = await sendWith(value);
  }
  return read(response);
}

async function read(response) {
  const said = JSON.parse(await response.text());
  if (!response.ok) {
    const error = said.error ?? said.code;
    const sentence = said.error_description ?? said.message;
    const refusal = new Error(`HTTP ${response.status} ${error}: ${sentence}`);
    throw Object.assign(refusal, { code: 1 });
  }
  return said;
}

// Each argument is a round of so many calls at once; without one it is a single call.
const rounds = process.argv.slice(2).map(Number);
try {
  for (const calls of rounds.length ? rounds : [1]) {
    const answers = await Promise.all(Array.from({ length: calls }, call));
    answers.forEach((answer) => console.log(JSON.stringify(answer)));
  }
} catch (error) {
  const none = `No whole answer: ${error.name}`;
  console.error(error.code === 1 ? error.message : none);
  process.exit(error.code === 1 ? 1 : 3);
}
"""


def own(step: Step, level: Level, values: Values) -> str | None:
    """The login, and the call of an API in production; the other cells are written by the request."""
    if (step, level) == ("authorize", "robust"):
        return node_authorize.program(values)
    if (step, level) != ("call", "production"):
        return None
    return fill(
        _PROGRAM,
        setting=js.NODE_SETTING,
        token_url=js.constant("tokenUrl", js.NODE(canonical_url(values.token_url))),
        api_url=js.constant("apiUrl", js.NODE(canonical_url(values.api_url))),
        client_id=js.constant("clientId", js.NODE(values.client_id)),
        secret=js.NODE(SECRET),
        scope=[f"scope: {js.NODE(values.scope)},"] if values.scope else [],
    )
