"""A client's own site: its pages stand on one origin, and its redirect_uri leads on to another."""

import contextlib
import html
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class ClientSite:
    """Serves every name below `localhost`, which is a site of its own each; `posted` are the bodies that came."""

    port: int
    posted: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def callback(self) -> str:
        """The redirect_uri; whatever comes here is sent on."""
        return f"http://127.0.0.1:{self.port}/callback"

    @property
    def welcome(self) -> str:
        """Where the redirect_uri leads on to: another origin, and another site."""
        return f"http://home.localhost:{self.port}/welcome"

    def page_with_form(self, action: str, fields: dict[str, str]) -> str:
        """Give the address of a page, on a site of its own, whose one button posts these fields to `action`."""
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in fields.items()
        )
        self.pages["/start"] = (
            f'<form method="post" action="{action}">{inputs}<button>Connect</button></form>'
        )
        return f"http://client.localhost:{self.port}/start"


@contextlib.contextmanager
def running_client_site() -> Iterator[ClientSite]:
    """Serve the client's site until the block ends."""
    found: list[ClientSite] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/callback"):
                self.redirect(found[0].welcome + self.path.removeprefix("/callback"))
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            page = found[0].pages.get(self.path, "<h1>the client</h1>")
            self.wfile.write(page.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found[0].posted.append(body)
            self.redirect(f"{found[0].welcome}?posted")

        def redirect(self, location: str) -> None:
            self.send_response(303)
            self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        found.append(ClientSite(server.server_port))
        yield found[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
