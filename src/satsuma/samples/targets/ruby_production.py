"""Ruby in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
# frozen_string_literal: true

require "json"
require "net/http"

TOKEN_URL = URI(«token_url»)
API_URL = URI(«api_url»)
CLIENT_ID = «client_id»
SCOPE = «scope»

class Refused < StandardError; end

def setting(name)
  value = ENV.fetch(name, "")
  return value unless value.empty?

  warn "Set #{name} in the environment"
  exit 2
end

# One token for every thread, and one pause.
class Api
  def initialize
    @secret = «secret»
    @lock = Mutex.new
    @until = @paused_until = now
  end

  def call
    value = token
    response = send_with(value)
    if response.is_a?(Net::HTTPUnauthorized)
      value = token(value)
      response = send_with(value)
    end
    if response.is_a?(Net::HTTPTooManyRequests)
      @paused_until = now + [response["Retry-After"].to_i, 1].max
      response = send_with(value)
    end
    read(response)
  end

  private

  # One asks for a token, and whoever needs it meanwhile waits.
  def token(refused = nil)
    @lock.synchronize do
      return @held if @held && @held != refused && now < @until

      request = Net::HTTP::Post.new(TOKEN_URL)
      request.basic_auth(CLIENT_ID, @secret)
      form = { "grant_type" => "client_credentials", "scope" => SCOPE }
      request.set_form_data(form.reject { |_, value| value.empty? })
      said = read(answer(request))
      @until = now + (said.fetch("expires_in").to_i * 0.9)
      @held = said.fetch("access_token")
    end
  end

  def send_with(value)
    request = Net::HTTP::Get.new(API_URL)
    request["Authorization"] = "Bearer #{value}"
    answer(request)
  end

  def answer(request)
    pause = @paused_until - now
    sleep(pause) if pause.positive?
    request["Accept"] = "application/json"
    uri = request.uri
    connection = Net::HTTP.new(uri.host, uri.port)
    connection.use_ssl = uri.scheme == "https"
    connection.open_timeout = 5
    connection.read_timeout = 20
    connection.max_retries = 0
    connection.request(request)
  end

  def read(response)
    said = JSON.parse(response.body.to_s)
    return said if response.is_a?(Net::HTTPSuccess)

    raise Refused, "HTTP #{response.code}: #{response.body}"
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

# Each argument is a round of so many calls at once; without one it is a single call.
Thread.report_on_exception = false
api = Api.new
begin
  (ARGV.empty? ? ["1"] : ARGV).each do |round|
    calls = Array.new(round.to_i) { Thread.new { api.call } }
    calls.each { |call| puts JSON.generate(call.value) }
  end
rescue Refused => e
  warn e.message
  exit 1
rescue StandardError => e
  warn "No whole answer: #{e.class}"
  exit 3
end
"""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.ruby, _read)


def own(step: Step, level: Level, values: Values) -> str | None:
    """The program that calls an API in production; the other cells are written by the request."""
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
