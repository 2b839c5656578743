"""C#: a person logs in; the handler begins the flow, and checks who comes back."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, Env, canonical_url
from satsuma.samples.steps import Values
from satsuma.samples.writing import Words

_PROGRAM: Final = """\
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

public sealed class Login
{
    public string State;
    public string Verifier;
}

public static class Sample
{
    const string AuthorizeUrl = «authorize_url»;
    const string TokenUrl = «token_url»;
    const string RedirectUri = «redirect_uri»;
    const string ClientId = «client_id»;
    «secret»
    static readonly HttpClient Client = new HttpClient(
        new HttpClientHandler { AllowAutoRedirect = false }
    ) { Timeout = TimeSpan.FromSeconds(20) };

    // What was begun, by the cookie of the browser.
    static readonly ConcurrentDictionary<string, Login> Logins =
        new ConcurrentDictionary<string, Login>();

    static void Main()
    {
        var listener = new HttpListener();
        listener.Prefixes.Add("http://127.0.0.1:«port»/");
        listener.Start();
        Console.WriteLine("Open /login");
        while (true)
        {
            var context = listener.GetContext();
            Task.Run(() => Answer(context));
        }
    }

    static async Task Answer(HttpListenerContext context)
    {
        try
        {
            var path = context.Request.Url.AbsolutePath;
            if (path == "/login")
            {
                Begin(context);
            }
            else if (path == «path»)
            {
                await Finish(context);
            }
            else
            {
                Say(context, 404, "Begin at /login");
            }
        }
        catch (Exception)
        {
            Say(context, 502, "The server that logs people in gave no whole answer");
        }
    }

    static void Begin(HttpListenerContext context)
    {
        var browser = Random();
        var login = new Login { State = Random(), Verifier = Random() };
        Logins[browser] = login;
        var query = new Dictionary<string, string>
        {
            { "response_type", "code" },
            { "client_id", ClientId },
            { "scope", «scope» },
            { "redirect_uri", RedirectUri },
            { "state", login.State },
        };
        «challenge»
        var pairs = query.Select(each => each.Key + "=" + Uri.EscapeDataString(each.Value));
        var cookie = "login=" + browser + "; HttpOnly; SameSite=Lax; Path=/; Max-Age=600";
        context.Response.AddHeader("Set-Cookie", cookie);
        context.Response.AddHeader("Location", AuthorizeUrl + "?" + string.Join("&", pairs));
        context.Response.StatusCode = 302;
        context.Response.Close();
    }

    static async Task Finish(HttpListenerContext context)
    {
        var query = context.Request.QueryString;
        var cookie = context.Request.Cookies["login"];
        Login login;
        Logins.TryRemove(cookie == null ? "" : cookie.Value, out login);
        if (login == null || login.State != query["state"])
        {
            Say(context, 400, "This login was not begun here, or is over");
        }
        else if (query["error"] != null)
        {
            Say(context, 403, "You were not logged in: " + query["error"]);
        }
        else
        {
            var response = await Exchange(query["code"] ?? "", login);
            var answer = await response.Content.ReadAsStringAsync();
            // Keep its access_token and refresh_token here, on the server.
            var good = (int)response.StatusCode == 200;
            Say(context, good ? 200 : 502, good ? "Logged in" : answer);
        }
    }

    static Task<HttpResponseMessage> Exchange(string code, Login login)
    {
        var form = new Dictionary<string, string>
        {
            { "grant_type", "authorization_code" },
            { "code", code },
            { "redirect_uri", RedirectUri },
        };
        «verifier»
        «client»
        var request = new HttpRequestMessage(HttpMethod.Post, TokenUrl);
        request.Headers.Accept.ParseAdd("application/json");
        «authorization»
        request.Content = new FormUrlEncodedContent(form);
        return Client.SendAsync(request);
    }

    static string Random()
    {
        var bytes = new byte[32];
        using (var random = RandomNumberGenerator.Create())
        {
            random.GetBytes(bytes);
        }
        return Base64(bytes);
    }

    static string Base64(byte[] bytes)
    {
        return Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    static void Say(HttpListenerContext context, int status, string sentence)
    {
        var body = Encoding.UTF8.GetBytes(sentence + "\\n");
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.OutputStream.Write(body, 0, body.Length);
        context.Response.Close();
    }
    «setting»
}
"""

_CHALLENGE: Final = """\
using (var sha256 = SHA256.Create())
{
    var digest = sha256.ComputeHash(Encoding.ASCII.GetBytes(login.Verifier));
    query["code_challenge"] = Base64(digest);
    query["code_challenge_method"] = "S256";
}
""".splitlines()

_VERIFIER: Final = 'form["code_verifier"] = login.Verifier;'

_CLIENT: Final = 'form["client_id"] = ClientId;'

_BASIC: Final = """\
var pair = Encoding.UTF8.GetBytes(ClientId + ":" + Secret);
var basic = Convert.ToBase64String(pair);
request.Headers.Authorization = new AuthenticationHeaderValue("Basic", basic);
""".splitlines()

_SECRET: Final = """\
static readonly string Secret = «secret»;
""".splitlines()

_SETTING: Final = """\

static string Setting(string name)
{
    var value = Environment.GetEnvironmentVariable(name);
    if (string.IsNullOrEmpty(value))
    {
        Console.Error.WriteLine("Set " + name + " in the environment");
        Environment.Exit(2);
    }
    return value;
}
""".splitlines()


def _read(env: Env) -> str:
    return f'Setting("{env.name}")'


WORDS: Final = Words(quoting.csharp, _read)


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
    )
