"""Java: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.targets import java

_PROGRAM: Final = """\
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
«imports»
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

public class Sample {
  static final String AUTHORIZE_URL = «authorize_url»;
  static final String TOKEN_URL = «token_url»;
  static final String REDIRECT_URI = «redirect_uri»;
  static final String CLIENT_ID = «client_id»;
  «secret»
  static final SecureRandom RANDOM = new SecureRandom();
  static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  record Login(String state, String verifier) {}

  // What was begun, by the cookie of the browser.
  static final Map<String, Login> LOGINS = new ConcurrentHashMap<>();

  public static void main(String[] args) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(«port»), 0);
    server.createContext("/", Sample::answer);
    server.start();
    System.out.println("Open /login");
  }

  static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try {
      if (path.equals("/login")) {
        begin(exchange);
      } else if (path.equals(«path»)) {
        finish(exchange);
      } else {
        say(exchange, 404, "Begin at /login");
      }
    } catch (Exception e) {
      say(exchange, 502, "The server that logs people in gave no whole answer");
    }
  }

  static void begin(HttpExchange exchange) throws Exception {
    String browser = random();
    Login login = new Login(random(), random());
    LOGINS.put(browser, login);
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", CLIENT_ID);
    query.put("scope", «scope»);
    query.put("redirect_uri", REDIRECT_URI);
    query.put("state", login.state());
    «challenge»
    String cookie = "login=" + browser + "; HttpOnly; SameSite=Lax; Path=/; Max-Age=600";
    exchange.getResponseHeaders().set("Set-Cookie", cookie);
    exchange.getResponseHeaders().set("Location", AUTHORIZE_URL + "?" + encoded(query));
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  static void finish(HttpExchange exchange) throws Exception {
    Map<String, String> query = decoded(exchange.getRequestURI().getRawQuery(), "&");
    Map<String, String> cookies = decoded(exchange.getRequestHeaders().getFirst("Cookie"), "; ");
    Login login = LOGINS.remove(cookies.getOrDefault("login", ""));
    if (login == null || !login.state().equals(query.get("state"))) {
      say(exchange, 400, "This login was not begun here, or is over");
    } else if (query.containsKey("error")) {
      say(exchange, 403, "You were not logged in: " + query.get("error"));
    } else {
      HttpResponse<String> answer = exchangeCode(query.getOrDefault("code", ""), login);
      // Keep its access_token and refresh_token here, on the server.
      boolean good = answer.statusCode() == 200;
      say(exchange, good ? 200 : 502, good ? "Logged in" : answer.body());
    }
  }

  static HttpResponse<String> exchangeCode(String code, Login login) throws Exception {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", code);
    form.put("redirect_uri", REDIRECT_URI);
    «form»
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(TOKEN_URL));
    request.timeout(Duration.ofSeconds(20));
    request.header("Accept", "application/json");
    request.header("Content-Type", "application/x-www-form-urlencoded");
    «authorization»
    request.POST(BodyPublishers.ofString(encoded(form)));
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  static String random() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return BASE64.encodeToString(bytes);
  }

  static String encoded(Map<String, String> pairs) {
    return pairs.entrySet().stream()
        .map(each -> each.getKey() + "=" + encoded(each.getValue()))
        .collect(Collectors.joining("&"));
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  static Map<String, String> decoded(String text, String between) {
    Map<String, String> pairs = new HashMap<>();
    for (String pair : text == null ? new String[0] : text.split(between)) {
      String[] parts = pair.split("=", 2);
      String value = parts.length == 2 ? parts[1] : "";
      pairs.put(parts[0], URLDecoder.decode(value, StandardCharsets.UTF_8));
    }
    return pairs;
  }

  static void say(HttpExchange exchange, int status, String sentence) throws IOException {
    byte[] body = (sentence + "\\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
  «setting»
}
"""

_SETTING: Final = """\

static String setting(String name) {
  String value = System.getenv(name);
  if (value == null || value.isEmpty()) {
    System.err.println("Set " + name + " in the environment");
    System.exit(2);
  }
  return value;
}
""".splitlines()

_CHALLENGE: Final = """\
byte[] verifier = login.verifier().getBytes(StandardCharsets.US_ASCII);
byte[] digest = MessageDigest.getInstance("SHA-256").digest(verifier);
query.put("code_challenge", BASE64.encodeToString(digest));
query.put("code_challenge_method", "S256");
""".splitlines()

_BASIC: Final = """\
byte[] pair = (CLIENT_ID + ":" + SECRET).getBytes(StandardCharsets.UTF_8);
request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
""".splitlines()


def program(values: Values) -> str:
    """The handler, for a client with or without a secret."""
    home = urllib.parse.urlsplit(values.redirect_uri)
    confidential, pkce = not values.public, values.has_pkce
    form = ['form.put("code_verifier", login.verifier());'] if pkce else []
    form += [] if confidential else ['form.put("client_id", CLIENT_ID);']
    secret = f"static final String SECRET = {java.WORDS(SECRET)};"
    return fill(
        _PROGRAM,
        imports=["import java.security.MessageDigest;"] if pkce else [],
        authorize_url=java.WORDS(canonical_url(values.authorize_url)),
        token_url=java.WORDS(canonical_url(values.token_url)),
        redirect_uri=java.WORDS(values.redirect_uri),
        client_id=java.WORDS(values.client_id),
        secret=[secret] if confidential else [],
        port=str(home.port or 8080),
        path=java.WORDS(home.path or "/"),
        scope=java.WORDS(values.scope or "openid"),
        challenge=_CHALLENGE if pkce else [],
        form=form,
        authorization=_BASIC if confidential else [],
        setting=_SETTING if confidential else [],
    )
