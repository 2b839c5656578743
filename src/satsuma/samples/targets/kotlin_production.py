"""Kotlin in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import kotlin_authorize
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
import java.io.IOException
import java.time.Duration
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import kotlin.system.exitProcess
import okhttp3.Credentials
import okhttp3.FormBody
import okhttp3.OkHttpClient
import okhttp3.Request

const val TOKEN_URL = «token_url»
const val API_URL = «api_url»
const val CLIENT_ID = «client_id»
const val SCOPE = «scope»

class Refused(sentence: String) : Exception(sentence)

class Answer(val status: Int, val body: String, val wait: Long)

/** One token for every thread, and one pause. */
class Api(private val secret: String) {
  private val client =
    OkHttpClient.Builder()
      .followRedirects(false)
      .retryOnConnectionFailure(false)
      .callTimeout(Duration.ofSeconds(20))
      .build()
  private var token: String? = null
  private var until = 0L
  @Volatile private var pausedUntil = System.nanoTime()

  fun call(): String {
    var value = token(null)
    var answer = sendWith(value)
    if (answer.status == 401) {
      value = token(value)
      answer = sendWith(value)
    }
    if (answer.status == 429) {
      pausedUntil = System.nanoTime() + Duration.ofSeconds(answer.wait).toNanos()
      answer = sendWith(value)
    }
    return read(answer)
  }

  // One asks for a token, and whoever needs it meanwhile waits.
  @Synchronized
  private fun token(refused: String?): String {
    val held = token
    if (held != null && held != refused && System.nanoTime() < until) return held
    val form = FormBody.Builder().add("grant_type", "client_credentials")
    if (SCOPE.isNotEmpty()) form.add("scope", SCOPE)
    val request =
      Request.Builder()
        .url(TOKEN_URL)
        .header("Authorization", Credentials.basic(CLIENT_ID, secret))
        .post(form.build())
    val said = read(send(request))
    val value = member(said, "\\"([^\\"\\\\\\\\]+)\\"", "access_token")
    val seconds = member(said, "([0-9.]+)", "expires_in").toDouble()
    until = System.nanoTime() + (seconds * 0.9e9).toLong()
    token = value
    return value
  }

  private fun sendWith(value: String) =
    send(Request.Builder().url(API_URL).header("Authorization", "Bearer $value"))

  private fun send(request: Request.Builder): Answer {
    val pause = pausedUntil - System.nanoTime()
    if (pause > 0) Thread.sleep(pause / 1_000_000 + 1)
    val sent = request.header("Accept", "application/json").build()
    return client.newCall(sent).execute().use { response ->
      val wait = response.header("Retry-After")?.toLongOrNull() ?: 1
      Answer(response.code, response.body.string(), wait)
    }
  }

  private fun read(answer: Answer): String {
    val said = answer.body.trim()
    if (!said.startsWith('{') || !said.endsWith('}')) {
      throw IOException("HTTP ${answer.status}, and the answer is not JSON")
    }
    if (answer.status / 100 != 2) throw Refused("HTTP ${answer.status}: $said")
    return said
  }

  // No parser of JSON is part of Kotlin; a token and a number need none.
  private fun member(said: String, value: String, name: String): String {
    val found = Regex("\\"$name\\"\\\\s*:\\\\s*$value").find(said)
    return found?.groupValues?.get(1) ?: throw IOException("The answer has no $name")
  }
}

/** Each argument is a round of so many calls at once; without one it is a single call. */
fun main(rounds: Array<String>) {
  val api = Api(«secret»)
  val threads = Executors.newCachedThreadPool { work -> Thread(work).apply { isDaemon = true } }
  try {
    for (round in rounds.ifEmpty { arrayOf("1") }) {
      val calls = List(round.toInt()) { Callable { api.call() } }
      threads.invokeAll(calls).forEach { println(it.get()) }
    }
  } catch (e: ExecutionException) {
    val reason = e.cause
    if (reason is Refused) fail(1, reason.message ?: "Refused")
    fail(3, "No whole answer: $reason")
  }
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


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.kotlin, _read)


def own(step: Step, level: Level, values: Values) -> str | None:
    """The login, and the call of an API in production; the other cells are written by the request."""
    if (step, level) == ("authorize", "robust"):
        return kotlin_authorize.program(values)
    if (step, level) != ("call", "production"):
        return None
    return fill(
        _PROGRAM,
        token_url=WORDS(canonical_url(values.token_url)),
        api_url=WORDS(canonical_url(values.api_url)),
        client_id=WORDS(values.client_id),
        scope=WORDS(values.scope),
        secret=WORDS(SECRET),
    )
