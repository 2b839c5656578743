"""C# with HttpClient."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Env, Request
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import csharp_production
from satsuma.samples.writing import Words, basic_of, bearer_of

_PROJECT: Final = """\
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net8.0</TargetFramework>
  </PropertyGroup>
</Project>
"""

_PROGRAM: Final = """\
using System;
using System.Collections.Generic;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

public static class Sample
{
    static int Main()
    {
        return Run().GetAwaiter().GetResult();
    }

    static async Task<int> Run()
    {
        var request = new HttpRequestMessage(new HttpMethod(«method»), «url»);
        «headers»
        «body»
        var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using (var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) })
        {
            try
            {
                var response = await client.SendAsync(request);
                var answer = await response.Content.ReadAsStringAsync();
                return Finish((int)response.StatusCode, answer);
            }
            catch (HttpRequestException error)
            {
                return Fail(3, "No whole answer: " + error.GetBaseException().Message);
            }
            catch (TaskCanceledException)
            {
                return Fail(3, "No answer within 20 s");
            }
        }
    }

    static int Finish(int status, string answer)
    {
        «finish»
    }

    static string Setting(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrEmpty(value))
        {
            Environment.Exit(Fail(2, "Set " + name + " in the environment"));
        }
        return value;
    }

    static int Fail(int code, string sentence)
    {
        Console.Error.WriteLine(sentence);
        return code;
    }
}
"""

_FINISH: Final = """\
if (status / 100 != 2)
{
    return Fail(1, "HTTP " + status + ": " + answer);
}
Console.WriteLine(answer);
return 0;
""".splitlines()

_FINISH_ROBUST: Final = """\
var trimmed = answer.Trim();
if («not_json»)
{
    return Fail(3, "HTTP " + status + ", and the answer is not JSON");
}
if (status / 100 != 2)
{
    return Fail(1, "HTTP " + status + ": " + answer);
}
Console.WriteLine(answer);
return 0;
"""


def _read(env: Env) -> str:
    return f'Setting("{env.name}")'


WORDS: Final = Words(quoting.csharp, _read)


def _is_of_body(name: str) -> bool:
    """.NET has the headers of a body beside it."""
    return name.lower().startswith("content-") or name.lower() in (
        "allow",
        "expires",
        "last-modified",
    )


def _finish(request: Request, robust: bool) -> list[str]:
    if not robust:
        return _FINISH
    ends = '!trimmed.StartsWith("{") || !trimmed.EndsWith("}")'
    not_json = ends if request.answers else f'trimmed != "" && ({ends})'
    return fill(_FINISH_ROBUST, not_json=not_json).splitlines()


def _program(request: Request, robust: bool) -> str:
    headers = WORDS.pairs(
        [pair for pair in request.headers if not _is_of_body(pair[0])],
        "request.Headers.TryAddWithoutValidation({name}, {value});",
    )
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        pair = f'{WORDS(basic.client_id)} + ":" + {WORDS(basic.secret)}'
        headers += [
            f"var pair = Encoding.UTF8.GetBytes({pair});",
            "var basic = Convert.ToBase64String(pair);",
            'request.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic);',
        ]
    if bearer is not None:
        headers += [
            f"var token = {WORDS(bearer.token)};",
            'request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);',
        ]
    body = []
    if request.form is not None:
        pairs = WORDS.pairs(request.form, "    new KeyValuePair<string, string>({name}, {value}),")
        body = ["request.Content = new FormUrlEncodedContent(new[]", "{", *pairs, "});"]
    elif request.body is not None:
        body = [
            f"var body = Encoding.UTF8.GetBytes({WORDS(request.body)});",
            "request.Content = new ByteArrayContent(body);",
            *WORDS.pairs(
                [pair for pair in request.headers if _is_of_body(pair[0])],
                "request.Content.Headers.TryAddWithoutValidation({name}, {value});",
            ),
        ]
    return fill(
        _PROGRAM,
        method=WORDS(request.method),
        url=WORDS(request.url),
        headers=headers,
        body=body,
        finish=_finish(request, robust),
    )


TARGET: Final = Target(
    slug="csharp-http-client",
    language="csharp",
    label="C#: HttpClient",
    recommended=True,
    why="It is part of .NET; share one client, or take it from IHttpClientFactory.",
    file_name="Sample.cs",
    install="",
    run="dotnet run",
    one_request=lambda request: _program(request, robust=False),
    robust=lambda request: _program(request, robust=True),
    own=csharp_production.own,
    files={"Sample.csproj": _PROJECT},
    versions={".NET": "8"},
    limits=Limits(body_of_get=False, type_of_nothing=False),
)
