"""`satsuma samples` prints programs, and asks no database."""

import json
from pathlib import Path

from click.testing import CliRunner

from satsuma.cli.failures import Failure
from satsuma.cli.samples import samples


def test_the_targets_are_listed_with_their_cells() -> None:
    done = CliRunner().invoke(samples, ["list", "--json"])
    rows = json.loads(done.output)
    assert done.exit_code == 0
    assert len(rows) == 22
    assert (
        "token-header one-request" in next(row for row in rows if row["target"] == "curl")["cells"]
    )


def test_a_program_is_printed_alone_and_what_it_needs_beside_it() -> None:
    done = CliRunner().invoke(
        samples, ["show", "exchange", "python-requests", "--client-id", "mine", "--pkce"]
    )
    assert done.exit_code == 0
    compile(done.stdout, "sample.py", "exec")
    assert '"mine"' in done.stdout
    assert "Install: pip install requests==" in done.stderr
    assert "SATSUMA_CLIENT_SECRET, SATSUMA_CLIENT_CODE, SATSUMA_CLIENT_VERIFIER" in done.stderr


def test_a_program_is_told_as_json_with_its_project_files() -> None:
    done = CliRunner().invoke(
        samples, ["show", "call", "rust-reqwest", "--level", "robust", "--json"]
    )
    told = json.loads(done.output)
    assert told["file_name"] == "src/main.rs"
    assert "reqwest" in told["project_files"]["Cargo.toml"]
    assert told["environment"] == ["SATSUMA_CLIENT_TOKEN"]


def test_what_is_not_offered_says_why() -> None:
    done = CliRunner().invoke(samples, ["show", "revoke", "go-oauth2"])
    assert done.exit_code == 1


def test_a_target_and_an_address_that_are_none_are_usage_errors() -> None:
    for arguments in (["show", "call", "cobol"], ["show", "call", "curl", "--api-url", "ftp://a/"]):
        done = CliRunner().invoke(samples, arguments)
        assert done.exit_code == 2
        assert "Error: " in done.output


CURL = "curl https://api.example/a -u me:pasted-Zx9 -k -d 'a=1' && curl https://api.example/b"


def test_a_curl_command_is_read_from_an_argument_and_from_standard_input() -> None:
    told = CliRunner().invoke(samples, ["from-curl", "python-requests", CURL])
    assert told.exit_code == 0, told.output
    compile(told.stdout, "sample.py", "exec")
    assert "pasted-Zx9" not in told.output
    assert "SATSUMA_CLIENT_SECRET: The password of the user" in told.stderr
    assert "Note: --insecure: The certificate of the server is checked" in told.stderr
    assert "Request 1 of 2" in told.stderr
    piped = CliRunner().invoke(samples, ["from-curl", "python-requests"], input=CURL)
    assert piped.stdout == told.stdout
    second = CliRunner().invoke(samples, ["from-curl", "curl", CURL, "--number", "2", "--json"])
    assert json.loads(second.output)["requests"] == 2
    assert "https://api.example/b" in json.loads(second.output)["text"]


def test_what_cannot_be_read_and_what_has_no_program_fail_with_a_sentence() -> None:
    for command, sentence in (
        ("curl --digest -u a:b http://a.example", "--digest is not supported"),
        ("curl -X GET -d a=b http://a.example", "no body with GET"),
    ):
        done = CliRunner().invoke(samples, ["from-curl", "java-okhttp", command])
        assert done.exit_code == 1
        assert isinstance(done.exception, Failure | SystemExit)
        assert sentence in str(done.exception) + done.output
    for arguments in (["cobol", CURL], ["curl", CURL, "--number", "3"]):
        assert CliRunner().invoke(samples, ["from-curl", *arguments]).exit_code == 2


def test_a_har_is_read_from_a_file_and_from_standard_input(tmp_path: Path) -> None:
    har = json.dumps(
        {"log": {"entries": [{"request": {"method": "GET", "url": "http://a.example/x"}}]}}
    )
    (tmp_path / "request.har").write_text(har)
    told = CliRunner().invoke(samples, ["from-har", "ruby-net-http", str(tmp_path / "request.har")])
    piped = CliRunner().invoke(samples, ["from-har", "ruby-net-http"], input=har)
    assert (told.exit_code, told.stdout) == (0, piped.stdout)
    assert 'URI("http://a.example/x")' in told.stdout


def test_an_operation_of_a_document_is_printed_and_without_one_they_are_listed(
    tmp_path: Path,
) -> None:
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "readA"}}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    file = ["--file", str(tmp_path / "openapi.json")]
    listed = CliRunner().invoke(samples, ["from-openapi", "curl", *file])
    assert "readA" in listed.output and "/a" in listed.output
    told = CliRunner().invoke(
        samples, ["from-openapi", "curl", "readA", *file, "--server", "https://b.example"]
    )
    assert "'https://b.example/a'" in told.stdout
    assert CliRunner().invoke(samples, ["from-openapi", "curl", "readB", *file]).exit_code == 2
    refused = CliRunner().invoke(samples, ["from-openapi", "curl"], input="{")
    assert refused.exit_code == 1
