"""Kotlin with OkHttp."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Env, Joined, Request, Text
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import kotlin_production, maven
from satsuma.samples.writing import Words, basic_of, bearer_of

_MAIN: Final = """\
import java.io.IOException
import java.time.Duration
import kotlin.system.exitProcess
«imports»
import okhttp3.OkHttpClient
import okhttp3.Request

fun main() {
  «form»
  val request =
    Request.Builder()
      .url(«url»)
      «headers»
      «method»
      .build()
  val client =
    OkHttpClient.Builder()
      .followRedirects(false)
      .retryOnConnectionFailure(false)
      .callTimeout(Duration.ofSeconds(20))
      .build()
  try {
    client.newCall(request).execute().use { response ->
      finish(response.code, response.body.string())
    }
  } catch (e: IOException) {
    fail(3, "No whole answer: $e")
  }
}

fun finish(status: Int, answer: String) {
  «finish»
}

fun setting(name: String): String {
  val value = System.getenv(name)
  return if (value.isNullOrEmpty()) fail(2, "Set $name in the environment") else value
}

fun fail(code: Int, sentence: String): Nothing {
  System.err.println(sentence)
  exitProcess(code)
}
"""

_FINISH: Final = """\
if (status / 100 != 2) {
  fail(1, "HTTP $status: $answer")
}
println(answer)
""".splitlines()

_FINISH_ROBUST: Final = """\
// No parser of JSON is part of Kotlin: what is none shows at its ends.
val trimmed = answer.trim()
if («not_json») {
  fail(3, "HTTP $status, and the answer is not JSON")
}
if (status / 100 != 2) {
  fail(1, "HTTP $status: $answer")
}
println(answer)
"""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.kotlin, _read)


def _finish(request: Request, robust: bool) -> list[str]:
    if not robust:
        return _FINISH
    ends = "!trimmed.startsWith('{') || !trimmed.endsWith('}')"
    not_json = ends if request.answers else f"trimmed.isNotEmpty() && ({ends})"
    return fill(_FINISH_ROBUST, not_json=not_json).splitlines()


def _form(adding: list[str]) -> list[str]:
    """A chain of calls, on one line where it fits, as the formatter has it."""
    line = f"val form = FormBody.Builder(){''.join(adding)}.build()"
    if len(adding) == 1 and len(line) + 2 <= 100:
        return [line]
    calls = [f"    {call}" for call in [*adding, ".build()"]]
    return ["val form =", "  FormBody.Builder()", *calls]


def _in_brackets(body: Text | None) -> str:
    text = WORDS(body or "")
    return f"({text})" if isinstance(body, Joined) else text


def _program(request: Request, robust: bool) -> str:
    imports, form, method = [], [], []
    headers = WORDS.pairs(request.headers, ".header({name}, {value})")
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        imports.append("import okhttp3.Credentials")
        form.append(f"val clientId = {WORDS(basic.client_id)}")
        form.append(f"val secret = {WORDS(basic.secret)}")
        headers.append('.header("Authorization", Credentials.basic(clientId, secret))')
    if bearer is not None:
        headers.append(f'.header("Authorization", "Bearer " + {WORDS(bearer.token)})')
    if request.form is not None:
        imports.append("import okhttp3.FormBody")
        form += _form(WORDS.pairs(request.form, ".add({name}, {value})"))
        method = [f".method({WORDS(request.method)}, form)"]
        if request.method == "POST":
            method = [".post(form)"]
    elif request.body is not None or request.method in maven.NEEDS_BODY:
        imports.append("import okhttp3.RequestBody.Companion.toRequestBody")
        form.append(f"val body = {_in_brackets(request.body)}.toRequestBody()")
        method = [f".method({WORDS(request.method)}, body)"]
    elif request.method != "GET":
        method = [f".method({WORDS(request.method)}, null)"]
    return fill(
        _MAIN,
        imports=imports,
        form=form,
        url=WORDS(request.url),
        headers=headers,
        method=method,
        finish=_finish(request, robust),
    )


TARGET: Final = Target(
    slug="kotlin-okhttp",
    language="kotlin",
    label="Kotlin: OkHttp",
    recommended=True,
    why="The client of Android; on a server the HttpClient of the JDK needs no library.",
    file_name="src/main/kotlin/Sample.kt",
    install="apt-get install default-jdk-headless maven",
    run=maven.RUN_KOTLIN,
    one_request=lambda request: _program(request, robust=False),
    robust=lambda request: _program(request, robust=True),
    own=kotlin_production.own,
    files=maven.pom("com.squareup.okhttp3", "okhttp-jvm", maven.OKHTTP, kotlin=True),
    versions={"okhttp": maven.OKHTTP, "kotlin": maven.KOTLIN},
    limits=Limits(body_of_get=False),
)
