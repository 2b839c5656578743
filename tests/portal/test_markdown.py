"""The pages for programs that read: the same words, in Markdown, and nothing of anybody's own."""

import pytest

from satsuma.portal.markdown import as_markdown
from tests.portal.developer import developer
from tests.wire.server import Reply, Server, wait_until


def read(server: Server, path: str, **headers: str) -> Reply:
    return server.request("GET", path, None, headers, f"localhost:{server.port}")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/index.md", "# Get a token, call a protected API, know why it failed"),
        ("/guides.md", "# Two ways to a token, step by step"),
        ("/guides/oauth-m2m/2.md", "## Step 2. Request a token"),
        ("/guides/oauth-u2m/4.md", "grant_type"),
        ("/errors/42.md", "# 42: Expired credentials"),
        ("/errors/index.md", "# Errors: what you got, and how to fix it"),
        ("/errors/token-expired.md", "# 42: Expired credentials"),
        ("/apis.md", "# APIs"),
    ],
)
def test_a_page_is_there_as_markdown(server: Server, path: str, says: str) -> None:
    reply = read(server, path)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    text = reply.body.decode()
    assert says in text
    assert (
        "<"
        not in text.replace("<https", "").replace("<(", "").replace("<<", "").partition("```")[0]
    )


def test_the_guide_has_its_sample_and_its_table(server: Server) -> None:
    text = read(server, "/guides/oauth-m2m/2.md").body.decode()
    assert "```\n#!/usr/bin/env bash" in text
    assert "| Part | Value | Why |\n| --- | --- | --- |" in text
    assert "1. " not in text


def test_who_prefers_markdown_gets_it_and_a_browser_does_not(server: Server) -> None:
    assert "markdown" in read(server, "/guides", Accept="text/markdown").headers["content-type"]
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert "html" in read(server, "/guides", Accept=browser).headers["content-type"]
    both = "text/html, text/markdown;q=0.5"
    assert "html" in read(server, "/guides", Accept=both).headers["content-type"]


def test_a_reader_who_is_logged_in_gets_what_a_stranger_gets(server: Server) -> None:
    somebody = developer(server)
    somebody.create("Mine alone, never told")
    cookies = "; ".join(f"{name}={value}" for name, value in somebody.agent.cookies.items())
    for path in ("/guides/oauth-m2m/2", "/guides/oauth-u2m/1", "/apis", "/"):
        page = somebody.open(path)
        own = read(server, "/index.md" if path == "/" else f"{path}.md", Cookie=cookies)
        stranger = read(server, "/index.md" if path == "/" else f"{path}.md")
        assert "Mine alone, never told" in page.text
        assert own.body == stranger.body
        assert own.headers["set-cookie"] is None


@pytest.mark.parametrize("path", ["/myapps.md", "/account.md", "/login.md", "/nowhere.md"])
def test_other_pages_have_no_markdown(server: Server, path: str) -> None:
    assert read(server, path).status == 404


@pytest.mark.parametrize("path", ["/guides/oauth-m2m/9.md", "/errors/no-such-error.md"])
def test_what_is_not_there_is_not_there_in_markdown(server: Server, path: str) -> None:
    assert read(server, path).status == 404


def test_the_pages_are_named_for_readers(server: Server) -> None:
    server.new_api("readable", access="open")
    server.new_api("unnamed", access="private")
    text = read(server, "/llms.txt").body.decode()
    for line in text.splitlines():
        if "](" in line:
            path = line.partition("](")[2].rstrip(")").removeprefix(server.pages_url)
            assert read(server, path).status == 200, path
    assert "unnamed" not in text


def test_text_that_means_something_in_markdown_stays_text() -> None:
    page = "<main><h1>A | B</h1><table><tr><td>a|b</td><td><code>c</code></td></tr></table></main>"
    assert as_markdown(page) == "# A \\| B\n\n| a\\|b | `c` |\n| --- | --- |\n"


HOSTILE = "x](javascript:alert(1)) ![p](http://evil.example/i) <b>`y`</b>"


def test_what_a_provider_writes_is_text(server: Server) -> None:
    server.new_api(
        "hostile", access="open", description=HOSTILE, scope_texts=(("hostile:read", "", HOSTILE),)
    )
    wait_until(lambda: read(server, "/apis/hostile/v1").status == 200, 5)
    for path in ("/apis/hostile/v1.md", "/apis.md", "/index.md", "/llms.txt"):
        text = read(server, path).body.decode()
        assert "](javascript" not in text.replace("\\](javascript", "")
        assert "](http://evil" not in text.replace("\\](http://evil", "")
        assert "<b>" not in text.replace("\\<b\\>", "")


@pytest.mark.parametrize(
    "accept", ["*/*", "*/*, text/markdown;q=0.1", "text/*, text/markdown;q=0.9"]
)
def test_a_range_that_holds_html_is_html(server: Server, accept: str) -> None:
    assert "html" in read(server, "/guides", Accept=accept).headers["content-type"]
