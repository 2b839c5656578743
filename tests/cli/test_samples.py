"""`satsuma samples` prints programs, and asks no database."""

import json

from click.testing import CliRunner

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
