"""Rust in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
use std::process::exit;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder};
use serde_json::Value;

const TOKEN_URL: &str = «token_url»;
const API_URL: &str = «api_url»;
const CLIENT_ID: &str = «client_id»;
const SCOPE: &str = «scope»;

fn setting(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => fail(2, &format!("Set {name} in the environment")),
    }
}

fn fail(code: i32, sentence: &str) -> ! {
    eprintln!("{sentence}");
    exit(code)
}

struct Answer {
    status: u16,
    retry_after: u64,
    body: String,
}

struct Token {
    value: String,
    until: Instant,
}

// One token for every thread, and one pause.
struct Api {
    client: Client,
    secret: String,
    token: Mutex<Option<Token>>,
    paused_until: Mutex<Instant>,
}

impl Api {
    fn call(&self) -> Value {
        let mut value = self.token("");
        let mut answer = self.send_with(&value);
        if answer.status == 401 {
            value = self.token(&value);
            answer = self.send_with(&value);
        }
        if answer.status == 429 {
            let pause = Duration::from_secs(answer.retry_after.max(1));
            *self.paused_until.lock().unwrap() = Instant::now() + pause;
            answer = self.send_with(&value);
        }
        read(&answer)
    }

    // One asks for a token, and whoever needs it meanwhile waits.
    fn token(&self, refused: &str) -> String {
        let mut held = self.token.lock().unwrap();
        if let Some(token) = held.as_ref()
            && token.value != refused
            && Instant::now() < token.until
        {
            return token.value.clone();
        }
        let mut form = vec![("grant_type", "client_credentials")];
        if !SCOPE.is_empty() {
            form.push(("scope", SCOPE));
        }
        let request = self.client.post(TOKEN_URL).form(&form);
        let said = read(&self.send(request.basic_auth(CLIENT_ID, Some(&self.secret))));
        let (Some(value), Some(seconds)) =
            (said["access_token"].as_str(), said["expires_in"].as_f64())
        else {
            fail(3, "The answer is no token");
        };
        *held = Some(Token {
            value: value.to_string(),
            until: Instant::now() + Duration::from_secs_f64(seconds * 0.9),
        });
        value.to_string()
    }

    fn send_with(&self, value: &str) -> Answer {
        self.send(self.client.get(API_URL).bearer_auth(value))
    }

    fn send(&self, request: RequestBuilder) -> Answer {
        let paused_until = *self.paused_until.lock().unwrap();
        thread::sleep(paused_until.saturating_duration_since(Instant::now()));
        let sent = request.header("Accept", "application/json").send();
        let answered = sent.and_then(|response| {
            let status = response.status().as_u16();
            let named = response.headers().get("retry-after");
            let seconds = named.and_then(|value| value.to_str().ok()?.parse().ok());
            Ok(Answer {
                status,
                retry_after: seconds.unwrap_or(1),
                body: response.text()?,
            })
        });
        match answered {
            Ok(answer) => answer,
            Err(error) => fail(3, &format!("No whole answer: {error}")),
        }
    }
}

fn read(answer: &Answer) -> Value {
    let Ok(said) = serde_json::from_str(&answer.body) else {
        fail(3, &format!("HTTP {}, and it is not JSON", answer.status));
    };
    if answer.status / 100 != 2 {
        fail(1, &format!("HTTP {}: {}", answer.status, answer.body));
    }
    said
}

// Each argument is a round of so many calls at once; without one it is a single call.
fn main() {
    let built = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .build();
    let api = Api {
        client: built.unwrap_or_else(|error| fail(3, &error.to_string())),
        secret: «secret»,
        token: Mutex::new(None),
        paused_until: Mutex::new(Instant::now()),
    };
    let mut rounds: Vec<usize> = std::env::args().skip(1).flat_map(|n| n.parse()).collect();
    if rounds.is_empty() {
        rounds.push(1);
    }
    for calls in rounds {
        thread::scope(|scope| {
            for _ in 0..calls {
                scope.spawn(|| println!("{}", api.call()));
            }
        });
    }
}
"""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.rust, _read)


def own(step: Step, level: Level, values: Values) -> str | None:
    """The program that calls an API in production; the other cells are written by the request."""
    if (step, level) != ("call", "production"):
        return None
    return fill(
        _PROGRAM,
        token_url=WORDS(canonical_url(values.token_url)),
        api_url=WORDS(canonical_url(values.api_url)),
        client_id=WORDS(values.client_id),
        scope=WORDS(values.scope),
        secret=WORDS(SECRET),
    )
