"""C# in production: one token for everybody, renewed in time, and a server that asks for patience gets it."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.levels import Level
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Step, Values
from satsuma.samples.targets import csharp_authorize
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

public sealed class Refused : Exception
{
    public Refused(string sentence) : base(sentence)
    {
    }
}

// One token for every call, and one pause.
public sealed class Api
{
    const string TokenUrl = «token_url»;
    const string ApiUrl = «api_url»;
    const string ClientId = «client_id»;
    const string Scope = «scope»;

    readonly HttpClient client;
    readonly string secret;
    readonly SemaphoreSlim turn = new SemaphoreSlim(1);
    string token;
    DateTime until;
    long pausedUntil;

    public Api(HttpClient client, string secret)
    {
        this.client = client;
        this.secret = secret;
    }

    public async Task<string> Call()
    {
        var value = await Token(null);
        var response = await SendWith(value);
        if ((int)response.StatusCode == 401)
        {
            value = await Token(value);
            response = await SendWith(value);
        }
        if ((int)response.StatusCode == 429)
        {
            var after = response.Headers.RetryAfter;
            var wait = (after == null ? null : after.Delta) ?? TimeSpan.FromSeconds(1);
            Interlocked.Exchange(ref pausedUntil, DateTime.UtcNow.Add(wait).Ticks);
            response = await SendWith(value);
        }
        return await Read(response);
    }

    // One asks for a token, and whoever needs it meanwhile waits.
    async Task<string> Token(string refused)
    {
        await turn.WaitAsync();
        try
        {
            if (token != null && token != refused && DateTime.UtcNow < until)
            {
                return token;
            }
            var form = new Dictionary<string, string> { { "grant_type", "client_credentials" } };
            if (Scope != "")
            {
                form["scope"] = Scope;
            }
            var pair = Encoding.UTF8.GetBytes(ClientId + ":" + secret);
            var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(pair));
            var request = new HttpRequestMessage(HttpMethod.Post, TokenUrl);
            request.Content = new FormUrlEncodedContent(form);
            var said = await Read(await Send(request, basic));
            // With .NET take System.Text.Json; a token and a number need no parser.
            var value = Regex.Match(said, "\\"access_token\\"\\\\s*:\\\\s*\\"([^\\"\\\\\\\\]+)\\"");
            var seconds = Regex.Match(said, "\\"expires_in\\"\\\\s*:\\\\s*([0-9.]+)");
            if (!value.Success || !seconds.Success)
            {
                throw new FormatException("The answer is no token");
            }
            var life = double.Parse(seconds.Groups[1].Value, CultureInfo.InvariantCulture);
            until = DateTime.UtcNow.AddSeconds(life * 0.9);
            token = value.Groups[1].Value;
            return token;
        }
        finally
        {
            turn.Release();
        }
    }

    Task<HttpResponseMessage> SendWith(string value)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, ApiUrl);
        return Send(request, new AuthenticationHeaderValue("Bearer", value));
    }

    async Task<HttpResponseMessage> Send(HttpRequestMessage request, AuthenticationHeaderValue who)
    {
        var pause = new DateTime(Interlocked.Read(ref pausedUntil), DateTimeKind.Utc) - DateTime.UtcNow;
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause);
        }
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Authorization = who;
        return await client.SendAsync(request);
    }

    static async Task<string> Read(HttpResponseMessage response)
    {
        var said = (await response.Content.ReadAsStringAsync()).Trim();
        if (!said.StartsWith("{") || !said.EndsWith("}"))
        {
            throw new FormatException("The answer is not JSON");
        }
        if (!response.IsSuccessStatusCode)
        {
            throw new Refused("HTTP " + (int)response.StatusCode + ": " + said);
        }
        return said;
    }
}

public static class Sample
{
    // Each argument is a round of so many calls at once; without one it is a single call.
    static int Main(string[] args)
    {
        return Run(args.Length == 0 ? new[] { "1" } : args).GetAwaiter().GetResult();
    }

    static async Task<int> Run(string[] rounds)
    {
        var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using (var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) })
        {
            try
            {
                var api = new Api(client, «secret»);
                foreach (var round in rounds)
                {
                    var calls = Enumerable.Range(0, int.Parse(round)).Select(each => api.Call());
                    foreach (var said in await Task.WhenAll(calls))
                    {
                        Console.WriteLine(said);
                    }
                }
                return 0;
            }
            catch (Refused refused)
            {
                return Fail(1, refused.Message);
            }
            catch (HttpRequestException error)
            {
                return Fail(3, "No whole answer: " + error.GetBaseException().Message);
            }
            catch (TaskCanceledException)
            {
                return Fail(3, "No answer within 20 s");
            }
            catch (FormatException error)
            {
                return Fail(3, error.Message);
            }
        }
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


def _read(env: Env) -> str:
    return f'Setting("{env.name}")'


WORDS: Final = Words(quoting.csharp, _read)


def own(step: Step, level: Level, values: Values) -> str | None:
    """The login, and the call of an API in production; the other cells are written by the request."""
    if (step, level) == ("authorize", "robust"):
        return csharp_authorize.program(values)
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
