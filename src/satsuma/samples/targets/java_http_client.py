"""Java with the HttpClient of its JDK."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import java, java_production

_IMPORTS: Final = {
    "java.io.IOException",
    "java.net.URI",
    "java.net.http.HttpClient",
    "java.net.http.HttpRequest",
    "java.net.http.HttpResponse.BodyHandlers",
    "java.net.http.HttpResponse",
    "java.time.Duration",
}

_MAIN: Final = """\
public static void main(String[] args) throws InterruptedException {
  «form»
  HttpRequest request =
      HttpRequest.newBuilder(URI.create(«url»))
          .timeout(Duration.ofSeconds(20))
          «headers»
          «method»
          .build();
  HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  try {
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    finish(response.statusCode(), response.body());
  } catch (IOException e) {
    fail(3, "No whole answer: " + e);
  }
}

static void finish(int status, String answer) {
  «finish»
}
"""


def _program(request: Request, robust: bool) -> str:
    headers = java.headers(request, ".header({name}, {value})")
    imports = set(_IMPORTS)
    method = ".GET()"
    if request.form is not None:
        imports.add("java.net.http.HttpRequest.BodyPublishers")
        headers.append('.header("Content-Type", "application/x-www-form-urlencoded")')
        body = "BodyPublishers.ofString(form.toString())"
        method = f".method({java.WORDS(request.method)}, {body})"
        if request.method == "POST":
            method = f".POST({body})"
    elif request.body is not None:
        imports.add("java.net.http.HttpRequest.BodyPublishers")
        body = f"BodyPublishers.ofString({java.WORDS(request.body)})"
        method = f".method({java.WORDS(request.method)}, {body})"
    elif request.method != "GET":
        imports.add("java.net.http.HttpRequest.BodyPublishers")
        method = f".method({java.WORDS(request.method)}, BodyPublishers.noBody())"
    main = fill(
        _MAIN,
        form=java.credentials(request) + java.form(request),
        url=java.WORDS(request.url),
        headers=headers,
        method=[method],
        finish=java.finish(request, robust),
    )
    return java.program(request, imports, main.splitlines(), encodes=True)


TARGET: Final = Target(
    slug="java-http-client",
    language="java",
    label="Java: HttpClient",
    recommended=True,
    why="It is part of Java since 11 and speaks HTTP/2; share one client in a larger program.",
    file_name="Sample.java",
    install="apt-get install default-jdk-headless",
    run="java Sample.java",
    one_request=lambda request: _program(request, robust=False),
    robust=lambda request: _program(request, robust=True),
    own=java_production.own,
    versions={"java": "17"},
)
