"""PHP: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
<?php

const AUTHORIZE_URL = «authorize_url»;
const TOKEN_URL = «token_url»;
const REDIRECT_URI = «redirect_uri»;
const CLIENT_ID = «client_id»;

if (PHP_SAPI === "cli") {
    «secret»
    echo "Open /login\\n";
    // Behind a web server the file is reached as it is, and this is not.
    pcntl_exec(PHP_BINARY, ["-S", "127.0.0.1:«port»", __FILE__]);
}

$path = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
// What was begun is kept in the session of the browser.
session_start(["cookie_httponly" => true, "cookie_samesite" => "Lax"]);
if ($path === "/login") {
    begin();
} elseif ($path === «path») {
    finish();
} else {
    say(404, "Begin at /login");
}

function begin(): void
{
    $_SESSION["login"] = ["state" => random(), "verifier" => random()];
    $query = [
        "response_type" => "code",
        "client_id" => CLIENT_ID,
        "scope" => «scope»,
        "redirect_uri" => REDIRECT_URI,
        "state" => $_SESSION["login"]["state"],
    ];
    «challenge»
    header(
        "Location: " . AUTHORIZE_URL . "?" . http_build_query($query),
        true,
        302,
    );
}

function finish(): void
{
    $login = $_SESSION["login"] ?? null;
    unset($_SESSION["login"]);
    $state = $_GET["state"] ?? null;
    if (
        $login === null ||
        !is_string($state) ||
        !hash_equals($login["state"], $state)
    ) {
        say(400, "This login was not begun here, or is over");
    } elseif (isset($_GET["error"])) {
        say(403, "You were not logged in: " . $_GET["error"]);
    } else {
        exchange((string) ($_GET["code"] ?? ""), $login);
    }
}

function exchange(string $code, array $login): void
{
    $form = [
        "grant_type" => "authorization_code",
        "code" => $code,
        "redirect_uri" => REDIRECT_URI,
    ];
    «verifier»
    «client»
    $curl = curl_init(TOKEN_URL);
    curl_setopt_array($curl, [
        CURLOPT_HTTPHEADER => ["Accept: application/json"],
        CURLOPT_POSTFIELDS => http_build_query($form),
        «authorization»
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 5,
        CURLOPT_TIMEOUT => 20,
    ]);
    $answer = curl_exec($curl);
    if (
        $answer === false ||
        curl_getinfo($curl, CURLINFO_RESPONSE_CODE) !== 200
    ) {
        say(
            502,
            $answer ?: "The server that logs people in gave no whole answer",
        );
        return;
    }
    // Keep its access_token and refresh_token here, on the server.
    session_regenerate_id(true);
    say(200, "Logged in");
}

function random(): string
{
    return rtrim(strtr(base64_encode(random_bytes(32)), "+/", "-_"), "=");
}

function say(int $status, string $sentence): void
{
    http_response_code($status);
    header("Content-Type: text/plain; charset=utf-8");
    echo $sentence, "\\n";
}
«setting»
"""

_CHALLENGE: Final = """\
$digest = hash("sha256", $_SESSION["login"]["verifier"], true);
$query["code_challenge"] = rtrim(
    strtr(base64_encode($digest), "+/", "-_"),
    "=",
);
$query["code_challenge_method"] = "S256";
""".splitlines()

_VERIFIER: Final = '$form["code_verifier"] = $login["verifier"];'

_CLIENT: Final = '$form["client_id"] = CLIENT_ID;'

_BASIC: Final = """\
CURLOPT_USERNAME => CLIENT_ID,
CURLOPT_PASSWORD => setting("SATSUMA_CLIENT_SECRET"),
""".splitlines()

_SECRET: Final = """\
«secret»;
""".splitlines()

_SETTING: Final = """\

function setting(string $name): string
{
    $value = getenv($name);
    if ($value === false || $value === "") {
        fwrite(fopen("php://stderr", "w"), "Set $name in the environment\\n");
        exit(2);
    }
    return $value;
}
""".splitlines()


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.php, _read)


def program(values: Values) -> str:
    """The handler, for a client with or without a secret."""
    home = urllib.parse.urlsplit(values.redirect_uri)
    confidential, pkce = not values.public, values.has_pkce
    return fill(
        _PROGRAM,
        authorize_url=WORDS(canonical_url(values.authorize_url)),
        token_url=WORDS(canonical_url(values.token_url)),
        redirect_uri=WORDS(values.redirect_uri),
        client_id=WORDS(values.client_id),
        port=str(home.port or 8080),
        path=WORDS(home.path or "/"),
        scope=WORDS(values.scope or "openid"),
        challenge=_CHALLENGE if pkce else [],
        verifier=[_VERIFIER] if pkce else [],
        client=[] if confidential else [_CLIENT],
        authorization=_BASIC if confidential else [],
        secret=[line.replace("«secret»", WORDS(SECRET)) for line in _SECRET]
        if confidential
        else [],
        setting=_SETTING if confidential else [],
    )
