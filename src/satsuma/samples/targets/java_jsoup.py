"""Java with jsoup."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import java, maven

_IMPORTS: Final = {"java.io.IOException", "org.jsoup.Connection", "org.jsoup.Jsoup"}

_MAIN: Final = """\
public static void main(String[] args) {
  «credentials»
  Connection connection =
      Jsoup.connect(«url»)
          .method(Connection.Method.«method»)
          .timeout(20_000)
          .followRedirects(false)
          .maxBodySize(0)
          // JSON is not its business, and a refusal has its reason in the body.
          .ignoreContentType(true)
          .ignoreHttpErrors(true);
  «headers»
  try {
    Connection.Response response = connection.execute();
    finish(response.statusCode(), response.body());
  } catch (IOException | java.io.UncheckedIOException e) {
    fail(3, "No whole answer: " + e);
  }
}

static void finish(int status, String answer) {
  «finish»
}
"""


def _program(request: Request, robust: bool) -> str:
    lines = java.headers(request, "connection.header({name}, {value});")
    if request.form is not None:
        lines += java.WORDS.pairs(request.form, "connection.data({name}, {value});")
    elif request.body is not None:
        lines.append(f"connection.requestBody({java.WORDS(request.body)});")
    main = fill(
        _MAIN,
        credentials=java.credentials(request),
        url=java.WORDS(request.url),
        method=request.method,
        headers=lines,
        finish=java.finish(request, robust),
    )
    return java.program(request, _IMPORTS, main.splitlines(), encodes=False)


TARGET: Final = Target(
    slug="java-jsoup",
    language="java",
    label="Java: jsoup",
    recommended=False,
    why="Where your program reads web pages with jsoup anyway; it is a parser of HTML.",
    file_name="src/main/java/Sample.java",
    install="apt-get install default-jdk-headless maven",
    run=maven.RUN_JAVA,
    one_request=lambda request: _program(request, robust=False),
    robust=lambda request: _program(request, robust=True),
    files=maven.pom("org.jsoup", "jsoup", maven.JSOUP),
    versions={"jsoup": maven.JSOUP},
    limits=Limits(
        methods=frozenset(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")),
        body_of_get=False,
    ),
)
