"""Ruby with net/http of its standard library."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Env, Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import ruby_production
from satsuma.samples.writing import Words, basic_of, bearer_of

_BEGIN: Final = """\
# frozen_string_literal: true

«json»
require "net/http"

def setting(name)
  value = ENV.fetch(name, "")
  return value unless value.empty?

  warn "Set #{name} in the environment"
  exit 2
end

uri = URI(«url»)
request = Net::HTTP«request»
«lines»
connection = Net::HTTP.new(uri.host, uri.port)
connection.use_ssl = uri.scheme == "https"
connection.open_timeout = 5
connection.read_timeout = 20
connection.max_retries = 0
"""

_ONE: Final = """\
response = connection.request(request)
unless response.is_a?(Net::HTTPSuccess)
  warn "HTTP #{response.code}: #{response.body}"
  exit 1
end
puts response.body
"""

_ROBUST: Final = """\
begin
  response = connection.request(request)
  answer = «parsed»
rescue JSON::ParserError
  warn "HTTP #{response.code}, and the answer is not JSON"
  exit 3
rescue SystemCallError, SocketError, IOError, Timeout::Error, OpenSSL::SSL::SSLError, Net::ProtocolError => e
  warn "No whole answer: #{e.class}"
  exit 3
end
unless response.is_a?(Net::HTTPSuccess)
  said = answer.is_a?(Hash) ? answer : {}
  error = said["error"] || said["code"]
  sentence = said["error_description"] || said["message"]
  warn "HTTP #{response.code} #{error}: #{sentence}"
  exit 1
end
puts response.body
"""


_METHODS: Final = {
    **{"GET": False, "HEAD": False, "DELETE": False, "OPTIONS": False, "TRACE": False},
    **{"POST": True, "PUT": True, "PATCH": True},
}
"""The methods that have a class, and whether it takes a body."""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.ruby, _read)


def _one_request(request: Request) -> str:
    return _program(request, json=[]) + _ONE


def _robust(request: Request) -> str:
    text = "response.body.to_s"
    if not request.answers:
        text = 'response.body.to_s.empty? ? "{}" : response.body'
    return _program(request, json=['require "json"']) + fill(_ROBUST, parsed=f"JSON.parse({text})")


def _program(request: Request, json: list[str]) -> str:
    lines = WORDS.pairs(request.headers, "request[{name}] = {value}")
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        lines.append(f"request.basic_auth({WORDS(basic.client_id)}, {WORDS(basic.secret)})")
    if bearer is not None:
        # The quotes stand around it, so that the token is put into the text.
        lines.append(f'request["Authorization"] = "Bearer #{{{WORDS(bearer.token)}}}"')
    if request.form is not None:
        pairs = WORDS.pairs(request.form, "    [{name}, {value}],")
        pairs[-1] = pairs[-1].removesuffix(",")
        lines += ["request.set_form_data(", "  [", *pairs, "  ]", ")"]
    elif request.body is not None:
        lines.append(f"request.body = {WORDS(request.body)}")
    return fill(_BEGIN, json=json, url=WORDS(request.url), request=_new(request), lines=lines)


def _new(request: Request) -> str:
    """The class of a method where it may have this body, or the general one."""
    known = _METHODS.get(request.method)
    if known is not None and (known or not request.has_body):
        return f"::{request.method.title()}.new(uri)"
    name = WORDS(request.method)
    answered = "false" if request.method == "HEAD" else "true"
    sent = "true" if request.has_body else "false"
    return f"GenericRequest.new({name}, {sent}, {answered}, uri)"


TARGET: Final = Target(
    slug="ruby-net-http",
    language="ruby",
    label="Ruby: net/http",
    recommended=True,
    why="It is part of Ruby; take Faraday where your project has it.",
    file_name="sample.rb",
    install="apt-get install ruby",
    run="ruby sample.rb",
    one_request=_one_request,
    robust=_robust,
    own=ruby_production.own,
    versions={"ruby": "3.1"},
)
