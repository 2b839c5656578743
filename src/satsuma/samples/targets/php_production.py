"""PHP in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import php_authorize
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
<?php

const TOKEN_URL = «token_url»;
const API_URL = «api_url»;
const CLIENT_ID = «client_id»;
const SCOPE = «scope»;

function setting(string $name): string
{
    $value = getenv($name);
    if ($value === false || $value === "") {
        fail(2, "Set $name in the environment");
    }
    return $value;
}

function fail(int $code, string $sentence): never
{
    fwrite(STDERR, $sentence . "\\n");
    exit($code);
}

// PHP forgets at the end of a request: keep the token where your processes share it,
// in APCu or Redis with a lock. Here it is kept for one process.
final class Api
{
    private ?string $token = null;
    private float $until = 0;
    private float $pausedUntil = 0;

    public function __construct(private string $secret) {}

    /** So many calls at once: one token for all, one retry after a 401, and a 429 obeyed. */
    public function callTogether(int $count): array
    {
        $calls = array_fill(0, $count, "call");
        $value = $this->token();
        $answers = $this->sendWith($value, array_keys($calls));
        $refused = $this->with(401, $answers);
        if ($refused !== []) {
            $value = $this->token($value);
            $answers = $this->sendWith($value, $refused) + $answers;
        }
        $busy = $this->with(429, $answers);
        if ($busy !== []) {
            $seconds = max(
                array_map(fn($each) => $answers[$each]["wait"], $busy),
            );
            $this->pausedUntil = hrtime(true) / 1e9 + $seconds;
            $answers = $this->sendWith($value, $busy) + $answers;
        }
        ksort($answers);
        return array_map(read(...), $answers);
    }

    private function with(int $status, array $answers): array
    {
        $found = array_filter(
            $answers,
            fn($each) => $each["status"] === $status,
        );
        return array_keys($found);
    }

    private function token(?string $refused = null): string
    {
        $now = hrtime(true) / 1e9;
        if (
            $this->token !== null &&
            $this->token !== $refused &&
            $now < $this->until
        ) {
            return $this->token;
        }
        $form =
            ["grant_type" => "client_credentials"] +
            (SCOPE === "" ? [] : ["scope" => SCOPE]);
        $curl = $this->handle(TOKEN_URL, []);
        curl_setopt_array($curl, [
            CURLOPT_USERNAME => CLIENT_ID,
            CURLOPT_PASSWORD => $this->secret,
            CURLOPT_POSTFIELDS => http_build_query($form),
        ]);
        $said = read($this->send([$curl])[0]);
        $this->until = $now + $said["expires_in"] * 0.9;
        return $this->token = $said["access_token"];
    }

    private function sendWith(string $value, array $calls): array
    {
        $handles = [];
        foreach ($calls as $call) {
            $handles[$call] = $this->handle(API_URL, [
                "Authorization: Bearer $value",
            ]);
        }
        return $this->send($handles);
    }

    private function handle(string $url, array $headers): CurlHandle
    {
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_HTTPHEADER => ["Accept: application/json", ...$headers],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 5,
            CURLOPT_TIMEOUT => 20,
        ]);
        return $curl;
    }

    private function send(array $handles): array
    {
        $pause = $this->pausedUntil - hrtime(true) / 1e9;
        usleep((int) max(0, $pause * 1e6));
        $multi = curl_multi_init();
        $waits = [];
        foreach ($handles as $call => $curl) {
            $waits[$call] = 1;
            curl_setopt($curl, CURLOPT_HEADERFUNCTION, function (
                $curl,
                $line,
            ) use (&$waits, $call) {
                if (stripos($line, "retry-after:") === 0) {
                    $waits[$call] = max(1, (int) substr($line, 12));
                }
                return strlen($line);
            });
            curl_multi_add_handle($multi, $curl);
        }
        do {
            $state = curl_multi_exec($multi, $running);
            curl_multi_select($multi);
        } while ($running && $state === CURLM_OK);
        while ($done = curl_multi_info_read($multi)) {
            if ($done["result"] !== CURLE_OK) {
                fail(3, "No whole answer: " . curl_strerror($done["result"]));
            }
        }
        $answers = [];
        foreach ($handles as $call => $curl) {
            $answers[$call] = [
                "status" => curl_getinfo($curl, CURLINFO_RESPONSE_CODE),
                "wait" => $waits[$call],
                "body" => curl_multi_getcontent($curl),
            ];
        }
        return $answers;
    }
}

function read(array $answer): array
{
    $said = json_decode($answer["body"], true);
    if (!is_array($said)) {
        fail(3, "HTTP {$answer["status"]}, and the answer is not JSON");
    }
    if (intdiv($answer["status"], 100) !== 2) {
        fail(1, "HTTP {$answer["status"]}: {$answer["body"]}");
    }
    return $said;
}

// Each argument is a round of so many calls at once; without one it is a single call.
$api = new Api(«secret»);
foreach (array_slice($argv, 1) ?: ["1"] as $round) {
    foreach ($api->callTogether((int) $round) as $said) {
        echo json_encode($said), "\\n";
    }
}
"""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.php, _read)


def own(step: Step, level: Level, values: Values) -> str | None:
    """The login, and the call of an API in production; the other cells are written by the request."""
    if (step, level) == ("authorize", "robust"):
        return php_authorize.program(values)
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
