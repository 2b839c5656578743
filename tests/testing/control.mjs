// A test in Node against `satsuma serve --test`: node control.mjs CONTROL_URL KEY
const [control, key] = process.argv.slice(2);

async function ask(method, path, body) {
  const response = await fetch(control + path, {
    method,
    headers: { Authorization: `Bearer ${key}` },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

const { issuers } = await ask("GET", "");
const { token_url, introspection_url } = issuers.standard;
const application = await ask("POST", "/applications", {});

const post = (url, form) =>
  fetch(url, {
    method: "POST",
    headers: { Authorization: application.authorization_header },
    body: new URLSearchParams(form),
  });

await ask("POST", "/faults", { kind: "answer", status: 429, retry_after: 1 });
const first = await post(token_url, { grant_type: "client_credentials" });
const then = await post(token_url, { grant_type: "client_credentials" });
const token = (await then.json()).access_token;

const isActive = async () => (await (await post(introspection_url, { token })).json()).active;
const active = [await isActive()];
await ask("POST", "/clock", { minutes: 61 });
active.push(await isActive());

const { requests } = await ask("GET", "/requests");
console.log(JSON.stringify({ first: first.status, then: then.status, active, seen: requests.length }));
