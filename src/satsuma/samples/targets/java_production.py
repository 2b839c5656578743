"""Java in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import java, java_authorize

_PROGRAM: Final = """\
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

public class Sample {
  static final URI TOKEN_URL = URI.create(«token_url»);
  static final URI API_URL = URI.create(«api_url»);
  static final String CLIENT_ID = «client_id»;
  static final String SCOPE = «scope»;
  static final Pattern TOKEN = Pattern.compile("\\"access_token\\"\\\\s*:\\\\s*\\"([^\\"\\\\\\\\]+)\\"");
  static final Pattern LIFE = Pattern.compile("\\"expires_in\\"\\\\s*:\\\\s*\\"?(\\\\d+)");

  final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  final String secret = «secret»;
  String held;
  Instant until = Instant.EPOCH;
  volatile Instant pausedUntil = Instant.EPOCH;

  /** Each argument is a round of so many calls at once; without one it is a single call. */
  public static void main(String[] args) {
    Sample sample = new Sample();
    ExecutorService pool = Executors.newFixedThreadPool(20);
    for (String round : args.length == 0 ? new String[] {"1"} : args) {
      CompletableFuture<?>[] calls =
          IntStream.range(0, Integer.parseInt(round))
              .mapToObj(each -> CompletableFuture.runAsync(sample::call, pool))
              .toArray(CompletableFuture[]::new);
      CompletableFuture.allOf(calls).join();
    }
    pool.shutdown();
  }

  void call() {
    String token = token(null);
    HttpResponse<String> response = sendWith(token);
    if (response.statusCode() == 401) {
      token = token(token);
      response = sendWith(token);
    }
    if (response.statusCode() == 429) {
      String seconds = response.headers().firstValue("Retry-After").orElse("1");
      pausedUntil = Instant.now().plusSeconds(Long.parseLong(seconds));
      response = sendWith(token);
    }
    System.out.println(checked(response));
  }

  /** One asks for a token, and whoever needs it meanwhile waits. */
  synchronized String token(String refused) {
    if (held != null && !held.equals(refused) && Instant.now().isBefore(until)) {
      return held;
    }
    String form = "grant_type=client_credentials";
    if (!SCOPE.isEmpty()) {
      form += "&scope=" + URLEncoder.encode(SCOPE, StandardCharsets.UTF_8);
    }
    byte[] pair = (CLIENT_ID + ":" + secret).getBytes(StandardCharsets.UTF_8);
    String answer =
        checked(
            send(
                HttpRequest.newBuilder(TOKEN_URL)
                    .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(form))));
    Matcher value = TOKEN.matcher(answer);
    Matcher life = LIFE.matcher(answer);
    if (!value.find() || !life.find()) {
      fail(3, "The answer is no token");
    }
    held = value.group(1);
    until = Instant.now().plusMillis(Long.parseLong(life.group(1)) * 900);
    return held;
  }

  HttpResponse<String> sendWith(String token) {
    return send(HttpRequest.newBuilder(API_URL).header("Authorization", "Bearer " + token));
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      long pause = Duration.between(Instant.now(), pausedUntil).toMillis();
      if (pause > 0) {
        Thread.sleep(pause);
      }
      request.header("Accept", "application/json").timeout(Duration.ofSeconds(20));
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      fail(3, "No whole answer: " + e);
      throw new IllegalStateException(e);
    }
  }

  static String checked(HttpResponse<String> response) {
    String answer = response.body().strip();
    if (!answer.startsWith("{") || !answer.endsWith("}")) {
      fail(3, "HTTP " + response.statusCode() + ", and the answer is not JSON");
    }
    if (response.statusCode() / 100 != 2) {
      fail(1, "HTTP " + response.statusCode() + ": " + answer);
    }
    return answer;
  }

  static String setting(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      fail(2, "Set " + name + " in the environment");
    }
    return value;
  }

  static void fail(int code, String sentence) {
    System.err.println(sentence);
    System.exit(code);
  }
}
"""


def own(step: Step, level: Level, values: Values) -> str | None:
    """The login, and the call of an API in production; the other cells are written by the request."""
    if (step, level) == ("authorize", "robust"):
        return java_authorize.program(values)
    if (step, level) != ("call", "production"):
        return None
    return fill(
        _PROGRAM,
        token_url=java.WORDS(canonical_url(values.token_url)),
        api_url=java.WORDS(canonical_url(values.api_url)),
        client_id=java.WORDS(values.client_id),
        scope=java.WORDS(values.scope),
        secret=java.WORDS(SECRET),
    )
