"""Rust with reqwest."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Env, Request, Text
from satsuma.samples.sample import Target
from satsuma.samples.targets import rust_production
from satsuma.samples.writing import Words, basic_of, bearer_of

_VERSION: Final = "0.13.5"

_CARGO: Final = f"""\
[package]
name = "sample"
version = "1.0.0"
edition = "2024"

[dependencies]
reqwest = {{ version = "{_VERSION}", features = ["blocking", "form"] }}
serde_json = "1"
"""

_BEGIN: Final = """\
use std::process::exit;
use std::time::Duration;

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

«main»
"""

_MAIN: Final = """\
fn main() -> Result<(), reqwest::Error> {
    let client = reqwest::blocking::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()?;
    «credentials»
    let response = client
        «request»
        .send()?;
    let status = response.status();
    let answer = response.text()?;
    if !status.is_success() {
        fail(1, &format!("HTTP {}: {answer}", status.as_u16()));
    }
    println!("{answer}");
    Ok(())
}"""

_MAIN_ROBUST: Final = """\
fn main() {
    let (status, answer) = match send() {
        Ok(answered) => answered,
        Err(error) => fail(3, &format!("No whole answer: {error}")),
    };
    «empty»
    let said: serde_json::Value = match serde_json::from_str(«parsed») {
        Ok(said) => said,
        Err(_) => fail(3, &format!("HTTP {status}, and the answer is not JSON")),
    };
    if status / 100 != 2 {
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_string();
        let code = said["code"].as_i64().map(|code| code.to_string());
        let error = code.unwrap_or(text("error"));
        let sentence = text("error_description") + &text("message");
        fail(1, &format!("HTTP {status} {error}: {sentence}"));
    }
    println!("{answer}");
}

fn send() -> Result<(u16, String), reqwest::Error> {
    let client = reqwest::blocking::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .build()?;
    «credentials»
    let response = client
        «request»
        .send()?;
    Ok((response.status().as_u16(), response.text()?))
}"""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


def _join(parts: list[str]) -> str:
    texts = [part if part.startswith('"') else f"{part}.as_str()" for part in parts]
    return f"[{', '.join(texts)}].concat()"


WORDS: Final = Words(quoting.rust, _read, _join)
_WIDTH: Final = 60
_SERDE: Final = 32
"""So many elements an array may have that is serialized; a longer one goes as a slice."""
_EMPTY: Final = 'let text = if answer.is_empty() { "{}" } else { &answer };'


def _one_request(request: Request) -> str:
    main = fill(_MAIN, credentials=_credentials(request), request=_request(request))
    return fill(_BEGIN, main=main.splitlines())


def _robust(request: Request) -> str:
    parsed, empty = ("&answer", []) if request.answers else ("text", [_EMPTY])
    main = fill(
        _MAIN_ROBUST,
        credentials=_credentials(request),
        request=_request(request),
        parsed=parsed,
        empty=empty,
    )
    return fill(_BEGIN, main=main.splitlines())


def _credentials(request: Request) -> list[str]:
    basic = basic_of(request)
    if basic is None:
        return []
    return [
        f"let client_id = {WORDS(basic.client_id)};",
        f"let secret = {WORDS(basic.secret)};",
    ]


def _request(request: Request) -> list[str]:
    lines = [_begin(request)]
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        lines.append(".basic_auth(client_id, Some(secret))")
    if bearer is not None:
        lines.append(f".bearer_auth({WORDS(bearer.token)})")
    lines += WORDS.pairs(request.headers, ".header({name}, {value})")
    if request.form is not None:
        pairs = [_pair(name, value) for name, value in request.form]
        if len(pairs) == 1:
            lines.append(f".form(&[({', '.join(pairs[0])})])")
        else:
            lines += [".form(&[", *_tuples(pairs), "])" if len(pairs) <= _SERDE else "][..])"]
    if request.body is not None:
        lines.append(f".body({WORDS(request.body)})")
    return lines


def _begin(request: Request) -> str:
    known = request.method.lower()
    if known in ("get", "post", "put", "patch", "delete", "head"):
        return f".{known}({WORDS(request.url)})"
    return f".request({WORDS(request.method)}.parse().unwrap(), {WORDS(request.url)})"


def _pair(name: str, value: Text) -> tuple[str, str]:
    text = WORDS(value) if isinstance(value, str) else f"{WORDS(value)}.as_str()"
    return WORDS(name), text


def _tuples(pairs: list[tuple[str, str]]) -> list[str]:
    """A pair on one line where it is short, as the formatter has it."""
    lines = []
    for name, text in pairs:
        short = len(name) + len(text) + 2 <= _WIDTH
        lines += [f"    ({name}, {text}),"] if short else ["    (", f"        {name},"]
        lines += [] if short else [f"        {text},", "    ),"]
    return lines


TARGET: Final = Target(
    slug="rust-reqwest",
    language="rust",
    label="Rust: reqwest",
    recommended=True,
    why="The client that most of Rust uses; drop `blocking` where your program is asynchronous.",
    file_name="src/main.rs",
    install="apt-get install rustc cargo",
    run="cargo run",
    one_request=_one_request,
    robust=_robust,
    own=rust_production.own,
    files={"Cargo.toml": _CARGO},
    versions={"reqwest": _VERSION, "serde_json": "1"},
)
