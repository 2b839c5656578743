"""The ways of docs/verify-tokens.md, each as it stands there, before one authorization server."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from satsuma_client.protocol.basic import authorization_header
from tests.docs.sitting import sitting
from tests.foreign.page import NGINX, java, node, program, python, take_file
from tests.foreign.recorder import Recorder, recording
from tests.servers.process import free_port
from tests.wire.server import SATSUMA, Made, Server, running_server

PAGE = "docs/verify-tokens.md"
ORIGIN = "https://api.example.com"
CALL = "/shop/v1/things"
JWT_WAYS = ("pyjwt", "jose", "spring")
ASKING_WAYS = ("python", "spring-opaque", "nginx", "caddy")


@dataclass
class Shop:
    """The page's API `shop` at a server, and who may ask about its tokens."""

    server: Server
    resource_id: str
    resource_secret: str
    client: Made
    first: str

    @property
    def address(self) -> str:
        return f"{self.server.api_url}/shop/v1"

    @property
    def authorization(self) -> str:
        return authorization_header(self.resource_id, self.resource_secret)

    def token(
        self, scope: str = "shop:read", resource: str | None = "", made: Made | None = None
    ) -> str:
        """A token that the client asks for; for the shop unless another `resource`, or None, is said."""
        named = f"&resource={resource or self.address}" if resource is not None else ""
        body = f"grant_type=client_credentials&scope={scope}{named}"
        reply = self.server.form("/token", made or self.client, body)
        assert reply.status == 200, reply.body
        return str(reply.json["access_token"])


@contextlib.contextmanager
def running_shop(folder: Path, jwt: bool) -> Iterator[Shop]:
    """A server with the page's API, made and first asked by the page's own commands."""
    config = take_file(PAGE, "satsuma.toml", folder, {}).read_text() if jwt else ""
    with running_server(folder, config=config) as server:
        server.new_api("other")
        environment = {
            "PATH": f"{SATSUMA.parent}{os.pathsep}{os.environ['PATH']}",
            "SATSUMA_DATABASE": server.database,
        }
        with sitting(folder / "clone", {ORIGIN: server.api_url}, environment) as reader:
            create, ask = reader.commands(PAGE)
            told = (line.partition(" ") for line in reader.run(create).splitlines())
            made = {name: value.strip() for name, _, value in told}
            client = server.new_application("shop", "other", redirect_uris=("https://a.example/b",))
            reader.run(f"AUTHORIZATION='{client.authorization}'\n")
            first = json.loads(reader.run(ask))["access_token"]
        yield Shop(server, made["resource_id"], made["resource_secret"], client, first)


@dataclass
class Way:
    """A running way: where it is called, and the upstream behind it, if it has one."""

    name: str
    shop: Shop
    port: int
    upstream: Recorder | None = None


@contextlib.contextmanager
def running_way(name: str, shop: Shop, folder: Path) -> Iterator[Way]:
    port = free_port()
    with recording() as upstream:
        put = {
            ORIGIN: shop.server.api_url,
            "127.0.0.1:8080": f"127.0.0.1:{port}",
            "127.0.0.1:8400": f"127.0.0.1:{shop.server.port}",
            "127.0.0.1:9000": upstream.address,
        }
        own = {"RESOURCE_ID": shop.resource_id, "RESOURCE_SECRET": shop.resource_secret}
        with program(command(name, folder, port, put), port, folder, own):
            yield Way(name, shop, port, upstream if name in ("nginx", "caddy") else None)


def command(name: str, folder: Path, port: int, put: Mapping[str, str]) -> list[str | Path]:
    def take(file: str) -> Path:
        return take_file(PAGE, file, folder, put)

    match name:
        case "pyjwt":
            return python(take("shop_api.py"), port)
        case "python":
            return python(take("introspecting_api.py"), port)
        case "jose":
            return node(take("shop_api.mjs"), port)
        case "spring":
            return java(take("ShopApi.java"), port)
        case "spring-opaque":
            where = f"--spring.config.location={take('application.properties')}"
            return java(take("IntrospectingApi.java"), port, where)
        case "nginx":
            return nginx(take("shop.conf"))
        case "caddy":
            return caddy(take("Caddyfile"))
    raise AssertionError(name)


def nginx(server: Path) -> list[str | Path]:
    """Run a server block as Debian's nginx.conf includes it, with files in its own folder."""
    places = "".join(
        f"{kind}_temp_path {server.parent}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = server.with_name("whole.conf")
    whole.write_text(
        f"daemon off; pid {server.parent}/nginx.pid; error_log stderr warn; events {{}}\n"
        f"http {{\naccess_log off;\n{places}include {server};\n}}\n"
    )
    return [NGINX, "-c", whole, "-e", "stderr"]


def caddy(file: Path) -> list[str | Path]:
    """Run a Caddyfile; without the address that Caddy is administered at, and with its files in its own folder."""
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + file.read_text())
    return [
        "env",
        f"HOME={file.parent}",
        "caddy",
        "run",
        "--config",
        file,
        "--adapter",
        "caddyfile",
    ]
