"""A process of a fleet: told on its standard input to start, it calls the API and says what came."""

import json
import sys
import time
import urllib.error
from typing import Any

from satsuma_client import ClientCredentials, FileCache, RedisCache, RefreshToken


def cache_of(text: str) -> Any:
    kind, _, rest = text.partition(":")
    return {"file": FileCache, "redis": RedisCache}[kind](rest)


def main() -> None:
    told = json.loads(sys.argv[1])
    events: list[str] = []
    more = {
        "cache": cache_of(told["cache"]),
        "on_event": lambda event: events.append(event.name),
        "scope": told.get("scope"),
    }
    client = told["token_url"], "client"
    secret = told.get("secret", "secret")
    if "refresh_token" in told:
        auth: Any = RefreshToken(*client, told["refresh_token"], secret, **more)
    else:
        auth = ClientCredentials(*client, secret, **more)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        outcome: dict[str, Any] = {"at": time.time()}
        try:
            if line.strip() == "call":
                with auth.opener().open(told["api_url"], timeout=30) as answer:
                    outcome["status"] = answer.status
            else:
                outcome["token"] = auth.token().access_token.reveal()
        except urllib.error.HTTPError as error:
            outcome["status"] = error.code
        except Exception as error:
            outcome["error"] = type(error).__name__
            outcome["told"] = str(error)
        outcome["took"] = time.time() - outcome.pop("at")
        sys.stdout.write(json.dumps({**outcome, "events": events}) + "\n")
        sys.stdout.flush()
        events = []


main()
