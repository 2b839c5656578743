"""Java with OkHttp."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import java, maven

_IMPORTS: Final = {
    "java.io.IOException",
    "java.time.Duration",
    "okhttp3.OkHttpClient",
    "okhttp3.Request",
    "okhttp3.Response",
}

_MAIN: Final = """\
public static void main(String[] args) {
  «form»
  Request request =
      new Request.Builder()
          .url(«url»)
          «headers»
          «method»
          .build();
  OkHttpClient client =
      new OkHttpClient.Builder()
          .followRedirects(false)
          .retryOnConnectionFailure(false)
          .callTimeout(Duration.ofSeconds(20))
          .build();
  try (Response response = client.newCall(request).execute()) {
    finish(response.code(), response.body().string());
  } catch (IOException e) {
    fail(3, "No whole answer: " + e);
  }
}

static void finish(int status, String answer) {
  «finish»
}
"""


def _program(request: Request, robust: bool) -> str:
    imports, form, method = set(_IMPORTS), [], []
    if request.form is not None:
        imports.add("okhttp3.FormBody")
        adding = java.WORDS.pairs(request.form, "form.add({name}, {value});")
        form = ["FormBody.Builder form = new FormBody.Builder();", *adding]
        method = [f".method({java.WORDS(request.method)}, form.build())"]
        if request.method == "POST":
            method = [".post(form.build())"]
    elif request.body is not None or request.method in maven.NEEDS_BODY:
        imports |= {"java.nio.charset.StandardCharsets", "okhttp3.RequestBody"}
        form = [f"byte[] body = {java.encoded_body(request)};"]
        method = [f".method({java.WORDS(request.method)}, RequestBody.create(body))"]
    elif request.method != "GET":
        method = [f".method({java.WORDS(request.method)}, null)"]
    main = fill(
        _MAIN,
        form=java.credentials(request) + form,
        url=java.WORDS(request.url),
        headers=java.headers(request, ".header({name}, {value})"),
        method=method,
        finish=java.finish(request, robust),
    )
    return java.program(request, imports, main.splitlines(), encodes=False)


TARGET: Final = Target(
    slug="java-okhttp",
    language="java",
    label="Java: OkHttp",
    recommended=False,
    why="For Android, and where your project has it already.",
    file_name="src/main/java/Sample.java",
    install="apt-get install default-jdk-headless maven",
    run=maven.RUN_JAVA,
    one_request=lambda request: _program(request, robust=False),
    robust=lambda request: _program(request, robust=True),
    files=maven.pom("com.squareup.okhttp3", "okhttp-jvm", maven.OKHTTP),
    versions={"okhttp": maven.OKHTTP},
    limits=Limits(body_of_get=False),
)
