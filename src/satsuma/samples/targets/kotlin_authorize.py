"""Kotlin: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.io.IOException
import java.net.InetSocketAddress
import java.net.URLDecoder
«digest»
import java.security.SecureRandom
import java.time.Duration
import java.util.Base64
import java.util.concurrent.ConcurrentHashMap
«exit»
«credentials»
import okhttp3.FormBody
import okhttp3.HttpUrl.Companion.toHttpUrl
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response

const val AUTHORIZE_URL = «authorize_url»
const val TOKEN_URL = «token_url»
const val REDIRECT_URI = «redirect_uri»
const val CLIENT_ID = «client_id»
«secret»
val random = SecureRandom()
val client =
  OkHttpClient.Builder().followRedirects(false).callTimeout(Duration.ofSeconds(20)).build()

class Login(val state: String, val verifier: String)

/** What was begun, by the cookie of the browser. */
val logins = ConcurrentHashMap<String, Login>()

fun main() {
  «check»
  val server = HttpServer.create(InetSocketAddress(«port»), 0)
  server.createContext("/", ::answer)
  server.start()
  println("Open /login")
}

fun answer(exchange: HttpExchange) {
  try {
    when (exchange.requestURI.path) {
      "/login" -> begin(exchange)
      «path» -> finish(exchange)
      else -> say(exchange, 404, "Begin at /login")
    }
  } catch (e: IOException) {
    say(exchange, 502, "The server that logs people in gave no whole answer")
  }
}

fun begin(exchange: HttpExchange) {
  val browser = drawn()
  val login = Login(drawn(), drawn())
  logins[browser] = login
  val url = AUTHORIZE_URL.toHttpUrl().newBuilder()
  url.addQueryParameter("response_type", "code")
  url.addQueryParameter("client_id", CLIENT_ID)
  url.addQueryParameter("scope", «scope»)
  url.addQueryParameter("redirect_uri", REDIRECT_URI)
  url.addQueryParameter("state", login.state)
  «challenge»
  val cookie = "login=$browser; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"
  exchange.responseHeaders.add("Set-Cookie", cookie)
  exchange.responseHeaders.add("Location", url.build().toString())
  exchange.sendResponseHeaders(302, -1)
  exchange.close()
}

fun finish(exchange: HttpExchange) {
  val query = decoded(exchange.requestURI.rawQuery, "&")
  val cookies = decoded(exchange.requestHeaders.getFirst("Cookie"), "; ")
  val login = logins.remove(cookies["login"] ?: "")
  if (login == null || login.state != query["state"]) {
    say(exchange, 400, "This login was not begun here, or is over")
  } else if ("error" in query) {
    say(exchange, 403, "You were not logged in: ${query["error"]}")
  } else {
    exchangeCode(query["code"] ?: "", login).use { response ->
      // Keep its access_token and refresh_token here, on the server.
      val good = response.code == 200
      say(exchange, if (good) 200 else 502, if (good) "Logged in" else response.body.string())
    }
  }
}

fun exchangeCode(code: String, login: Login): Response {
  val form = FormBody.Builder()
  form.add("grant_type", "authorization_code")
  form.add("code", code)
  form.add("redirect_uri", REDIRECT_URI)
  «verifier»
  «client»
  val request = Request.Builder().url(TOKEN_URL).header("Accept", "application/json")
  «authorization»
  return client.newCall(request.post(form.build()).build()).execute()
}

fun drawn(): String {
  val bytes = ByteArray(32)
  random.nextBytes(bytes)
  return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
}

fun decoded(text: String?, between: String) =
  (text ?: "").split(between).associate { pair ->
    val parts = pair.split("=", limit = 2)
    parts[0] to URLDecoder.decode(parts.getOrElse(1) { "" }, Charsets.UTF_8)
  }

fun say(exchange: HttpExchange, status: Int, sentence: String) {
  val body = "$sentence\\n".toByteArray()
  exchange.responseHeaders.add("Content-Type", "text/plain; charset=utf-8")
  exchange.sendResponseHeaders(status, body.size.toLong())
  exchange.responseBody.write(body)
  exchange.close()
}
«setting»
"""

_CHALLENGE: Final = """\
val digest = MessageDigest.getInstance("SHA-256").digest(login.verifier.toByteArray())
val challenge = Base64.getUrlEncoder().withoutPadding().encodeToString(digest)
url.addQueryParameter("code_challenge", challenge)
url.addQueryParameter("code_challenge_method", "S256")
""".splitlines()

_VERIFIER: Final = 'form.add("code_verifier", login.verifier)'

_CLIENT: Final = 'form.add("client_id", CLIENT_ID)'

_BASIC: Final = """\
request.header("Authorization", Credentials.basic(CLIENT_ID, secret))
""".splitlines()

_SECRET: Final = """\
val secret = «secret»
""".splitlines()

_SETTING: Final = """\

fun setting(name: String): String {
  val value = System.getenv(name)
  if (value.isNullOrEmpty()) {
    System.err.println("Set $name in the environment")
    exitProcess(2)
  }
  return value
}
""".splitlines()


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.kotlin, _read)


def program(values: Values) -> str:
    """The handler, for a client with or without a secret."""
    home = urllib.parse.urlsplit(values.redirect_uri)
    confidential, pkce = not values.public, values.has_pkce
    return fill(
        _PROGRAM,
        authorize_url=WORDS(canonical_url(values.authorize_url)),
        token_url=WORDS(canonical_url(values.token_url)),
        redirect_uri=WORDS(values.redirect_uri),
        client_id=WORDS(values.client_id),
        port=str(home.port or 8080),
        path=WORDS(home.path or "/"),
        scope=WORDS(values.scope or "openid"),
        challenge=_CHALLENGE if pkce else [],
        verifier=[_VERIFIER] if pkce else [],
        client=[] if confidential else [_CLIENT],
        authorization=_BASIC if confidential else [],
        secret=[line.replace("«secret»", WORDS(SECRET)) for line in _SECRET]
        if confidential
        else [],
        setting=_SETTING if confidential else [],
        digest=["import java.security.MessageDigest"] if pkce else [],
        exit=["import kotlin.system.exitProcess"] if confidential else [],
        credentials=["import okhttp3.Credentials"] if confidential else [],
        check=[],
    )
