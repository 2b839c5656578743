"""Java with HttpURLConnection."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import java

_IMPORTS: Final = {
    "java.io.IOException",
    "java.io.InputStream",
    "java.net.HttpURLConnection",
    "java.net.URL",
    "java.nio.charset.StandardCharsets",
}

_MAIN: Final = """\
public static void main(String[] args) {
  «form»
  try {
    URL url = new URL(«url»);
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    connection.setRequestMethod(«method»);
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout(5_000);
    connection.setReadTimeout(20_000);
    «headers»
    «send»
    int status = connection.getResponseCode();
    boolean good = status / 100 == 2;
    InputStream stream = good ? connection.getInputStream() : connection.getErrorStream();
    // A refusal without a body has no stream.
    byte[] bytes = stream == null ? new byte[0] : stream.readAllBytes();
    finish(status, new String(bytes, StandardCharsets.UTF_8));
  } catch (IOException e) {
    fail(3, "No whole answer: " + e);
  }
}

static void finish(int status, String answer) {
  «finish»
}
"""


def _program(request: Request, robust: bool) -> str:
    headers = java.headers(request, "connection.setRequestProperty({name}, {value});")
    send = []
    if request.form is not None:
        kind = '"Content-Type", "application/x-www-form-urlencoded"'
        headers.append(f"connection.setRequestProperty({kind});")
        send = [
            "connection.setDoOutput(true);",
            "byte[] body = form.toString().getBytes(StandardCharsets.UTF_8);",
            "connection.getOutputStream().write(body);",
        ]
    elif request.body is not None:
        send = [
            "connection.setDoOutput(true);",
            f"byte[] body = {java.encoded_body(request)};",
            "connection.getOutputStream().write(body);",
        ]
    main = fill(
        _MAIN,
        form=java.credentials(request) + java.form(request),
        url=java.WORDS(request.url),
        method=java.WORDS(request.method),
        headers=headers,
        send=send,
        finish=java.finish(request, robust),
    )
    return java.program(request, _IMPORTS, main.splitlines(), encodes=True)


TARGET: Final = Target(
    slug="java-http-url-connection",
    language="java",
    label="Java: HttpURLConnection",
    recommended=False,
    why="For programs that came from Java 8; since 11 HttpClient does it better.",
    file_name="Sample.java",
    install="apt-get install default-jdk-headless",
    run="java Sample.java",
    one_request=lambda request: _program(request, robust=False),
    robust=lambda request: _program(request, robust=True),
    versions={"java": "17"},
    limits=Limits(
        methods=frozenset(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")),
        headers=frozenset(
            ("origin", "via", "access-control-request-headers", "access-control-request-method")
        ),
        body_of_get=False,
    ),
)
