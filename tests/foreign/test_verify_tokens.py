"""What docs/verify-tokens.md shows is what runs here: each way takes a good token and refuses every other."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from satsuma_client.protocol.base64url import b64
from tests.foreign.forging import encoded, expired, expired_opaque, header_of, signed
from tests.foreign.page import ask
from tests.foreign.ways import ASKING_WAYS, CALL, JWT_WAYS, Shop, Way, running_shop, running_way
from tests.oauth.flow import claims_of, get_code, new_person, redeem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def jwt_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("jwt"), jwt=True) as shop:
        yield shop


@pytest.fixture(scope="module")
def opaque_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("opaque"), jwt=False) as shop:
        yield shop


@pytest.fixture(scope="module")
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """A way of the page, before a server whose tokens it reads."""
    shop = request.getfixturevalue("jwt_shop" if request.param in JWT_WAYS else "opaque_shop")
    with running_way(request.param, shop, tmp_path_factory.mktemp(request.param)) as running:
        yield running


by_keys = pytest.mark.parametrize("way", JWT_WAYS, indirect=True, scope="module")
by_asking = pytest.mark.parametrize("way", ASKING_WAYS, indirect=True, scope="module")
by_any = pytest.mark.parametrize("way", JWT_WAYS + ASKING_WAYS, indirect=True, scope="module")


def called(way: Way, token: str, method: str = "GET") -> int:
    return ask(way.port, CALL, method, Authorization=f"Bearer {token}").status


def by_another_key(token: str) -> str:
    """The same claims, under the same `kid`, signed by a key of the forger's."""
    signing_input = token.rpartition(".")[0]
    signature = ec.generate_private_key(ec.SECP256R1()).sign(
        signing_input.encode(), ec.ECDSA(SHA256())
    )
    r, s = utils.decode_dss_signature(signature)
    return f"{signing_input}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big')).decode()}"


def with_the_public_key_as_secret(shop: Shop, token: str) -> str:
    """HS256 with what everybody can read: taken by who believes the token's own `alg`."""
    kid = header_of(token)["kid"]
    found = next(
        key for key in shop.server.request("GET", "/jwks").json["keys"] if key["kid"] == kid
    )
    x, y = (int.from_bytes(unb64(found[name]), "big") for name in ("x", "y"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = encoded({"typ": "at+jwt", "alg": "HS256", "kid": kid})
    signing_input = f"{head}.{encoded(claims_of(token))}"
    mac = hmac.new(pem, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{b64(mac).decode()}"


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cut(token: str) -> str:
    return token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB")


def unsigned(token: str) -> str:
    return f"{encoded({'typ': 'at+jwt', 'alg': 'none'})}.{encoded(claims_of(token))}."


def with_more_scope(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encoded(claims_of(token) | {'scope': 'shop:read shop:write'})}.{signature}"


def id_token(shop: Shop, token: str) -> str:
    """A real one, for the very address of the API: a client of that id cannot be, so the server's key says it."""
    return signed(shop.server, token, typ="JWT")


FORGED: dict[str, Callable[[Shop, str], str]] = {
    "no token at all": lambda shop, token: "sat_of-nobody",
    "cut": lambda shop, token: cut(token),
    "by another key": lambda shop, token: by_another_key(token),
    "unsigned": lambda shop, token: unsigned(token),
    "by the public key": with_the_public_key_as_secret,
    "changed": lambda shop, token: with_more_scope(token),
    "another kid": lambda shop, token: by_another_key(
        f"{encoded(header_of(token) | {'kid': secrets.token_hex(4)})}.{token.partition('.')[2]}"
    ),
    "expired": lambda shop, token: expired(shop.server, token),
    "without an end": lambda shop, token: signed(shop.server, token, exp=None),
    "an ID token": id_token,
    "without a type": lambda shop, token: signed(shop.server, token, typ=""),
    "an identity header": lambda shop, token: signed(
        shop.server, token, typ="satsuma-identity+jwt", alg="EdDSA"
    ),
    "of another algorithm": lambda shop, token: signed(shop.server, token, alg="RS256"),
    "of another issuer": lambda shop, token: signed(
        shop.server, token, iss=f"{shop.server.api_url}/oauth/v3"
    ),
    "for another API": lambda shop, token: shop.token(
        "other:read", f"{shop.server.api_url}/other/v1"
    ),
    "for the whole surface": lambda shop, token: shop.token(resource=None),
    "for nobody": lambda shop, token: signed(shop.server, token, aud=None),
}


@by_keys
@pytest.mark.spec("RFC 9068 §4")
def test_a_good_jwt_passes(way: Way) -> None:
    shop = way.shop
    for token in (shop.first, shop.token("shop:read shop:write")):
        answer = ask(way.port, CALL, Authorization=f"Bearer {token}")
        assert (answer.status, answer.json) == (200, {"sub": shop.client.client_id})
    assert header_of(shop.first)["alg"] == "ES256"
    assert called(way, shop.token("shop:write"), "POST") == 200


@by_keys
@pytest.mark.spec("RFC 9068 §4")
@pytest.mark.parametrize("kind", FORGED)
def test_another_jwt_is_refused(way: Way, kind: str) -> None:
    assert called(way, FORGED[kind](way.shop, way.shop.first)) == 401


@by_keys
def test_a_user_is_told_from_a_machine(way: Way) -> None:
    shop = way.shop
    person = new_person(shop.server)
    redirect = "https://a.example/b"
    code, _ = get_code(
        shop.server,
        shop.client,
        person,
        "",
        redirect_uri=redirect,
        scope="shop:read",
        resource=shop.address,
    )
    reply = redeem(shop.server, shop.client, code, "", redirect_uri=redirect)
    answer = ask(way.port, CALL, Authorization=f"Bearer {reply.json['access_token']}")
    assert answer.json["sub"] not in ("", shop.client.client_id)


@by_asking
@pytest.mark.spec("RFC 7662 §2.2")
def test_a_good_opaque_token_passes(way: Way) -> None:
    shop = way.shop
    assert called(way, shop.first) == 200
    assert called(way, shop.token("shop:write"), "POST") == 200


def introspected(shop: Shop, token: str = "") -> dict[str, object]:
    headers = {
        "Authorization": shop.authorization,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    reply = shop.server.request("POST", "/introspect", f"token={token or shop.first}", headers)
    found: dict[str, object] = json.loads(reply.body)
    assert found["active"] is True
    return found


def revoked(shop: Shop) -> str:
    token = shop.token()
    assert shop.server.form("/revoke", shop.client, f"token={token}").status == 200
    return token


OPAQUE: dict[str, Callable[[Shop], str]] = {
    "of nobody": lambda shop: "sat_of-nobody",
    "cut": lambda shop: cut(shop.first),
    "expired": lambda shop: expired_opaque(shop.server, introspected(shop)),
    "for another API": lambda shop: shop.token("other:read", f"{shop.server.api_url}/other/v1"),
    "of a stranger": lambda shop: shop.token(
        "other:read", None, shop.server.new_application("other")
    ),
    "revoked": revoked,
}


@by_asking
@pytest.mark.parametrize("kind", OPAQUE)
def test_another_opaque_token_is_refused(way: Way, kind: str) -> None:
    assert called(way, OPAQUE[kind](way.shop)) in (401, 403)


@by_any
@pytest.mark.spec("RFC 6750 §3")
def test_no_token_is_challenged(way: Way) -> None:
    without: list[dict[str, str]] = [
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ]
    for fields in without:
        answer = ask(way.port, CALL, **fields)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@by_any
@pytest.mark.spec("RFC 6750 §3.1")
def test_a_token_short_of_the_scope_is_refused(way: Way) -> None:
    assert called(way, way.shop.token("shop:write"), "GET") == 403
    assert called(way, way.shop.token("shop:read"), "DELETE") == 403


@pytest.mark.parametrize("way", ["python", "spring-opaque"], indirect=True, scope="module")
@pytest.mark.spec("RFC 8707 §2")
def test_an_active_token_for_the_whole_surface_is_refused_where_aud_is_compared(way: Way) -> None:
    token = way.shop.token(resource=None)
    assert introspected(way.shop, token)["aud"] in (
        way.shop.server.api_url,
        [way.shop.server.api_url],
    )
    assert called(way, token) in (401, 403)
