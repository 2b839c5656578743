"""The shops of a postal code, by the machine to machine guide: `python shops_m2m.py 35000`.

AUTHORIZATION is the header of an application, from its page; or ISSUER, CLIENT_ID and CLIENT_SECRET are those of one at
a standard issuer. API is where the shops are, if not at the guides' service. The token is kept for the next run.
"""

import json
import os
import sys
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from satsuma_client import ClientCredentials, FileCache, OAuthError

API = os.environ.get("API", "https://api.orange.com")


def client() -> ClientCredentials:
    """The application, as the environment names it."""
    if header := os.environ.get("AUTHORIZATION"):
        return ClientCredentials.orange(header, base_url=API, cache=FileCache())
    issuer, client_id, secret = (os.environ[n] for n in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
    return ClientCredentials.discover(
        issuer, client_id, secret, scope="poi:read", api_url=API, cache=FileCache()
    )


def shops(postal_code: str) -> list[dict[str, Any]]:
    """Ask the API; raises OAuthError, HTTPError, URLError."""
    url = f"{API}/poi/v1/shops?{urlencode({'postalCode': postal_code})}"
    with client().opener().open(url, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["shops"]
        return found


def main(postal_code: str) -> str | None:
    """Print the shops; gives what went wrong, for standard error."""
    try:
        for shop in shops(postal_code):
            print(f"{shop['name']}, {shop['address']['street']}, {shop['address']['city']}")
    except OAuthError as error:
        return f"No token: {error}\n\n{error.curl}"  # its secret is left to the environment
    except HTTPError as error:
        return f"The API refused the call: {error.code} {error.read().decode(errors='replace')}"
    except URLError as error:
        return f"The API does not answer: {error.reason}"
    except (KeyError, ValueError) as error:
        return f"The program is not set up: {error}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
