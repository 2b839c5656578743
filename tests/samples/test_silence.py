"""A server that says nothing for 20 seconds: each robust program gives up, all of them at once."""

import subprocess
import time
from pathlib import Path

import pytest

from satsuma.samples import Sample, Values, show, targets
from tests.samples.front import new_trust, opened
from tests.samples.test_matrix import write
from tests.samples.toolchains import TOOLCHAINS, environment, trust_of_mono

SECRET = "s3cret-of-nobody"


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_a_robust_program_gives_up_after_20_seconds_of_silence(tmp_path: Path) -> None:
    for name in ("trust", "home"):
        (tmp_path / name).mkdir()
    trust = new_trust(tmp_path / "trust")
    given = environment(trust, tmp_path / "home") | {"SATSUMA_CLIENT_SECRET": SECRET}
    trust_of_mono(trust, given)
    with opened(trust, 0) as front:
        front.fault = "silence"
        values = Values(token_url=f"{front.url}/token", client_id="client")
        folders = {}
        for row in targets():
            if row.slug in TOOLCHAINS:
                sample = show("token-header", row, "robust", values)
                assert isinstance(sample, Sample)
                folders[row.slug] = write(sample, tmp_path / row.slug / "silent")
                TOOLCHAINS[row.slug].build([folders[row.slug]], given)
        began = time.monotonic()
        running = {
            slug: subprocess.Popen(
                TOOLCHAINS[slug].command(folder),
                cwd=folder,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for slug, folder in folders.items()
        }
        problems = []
        for slug, process in running.items():
            out, err = process.communicate(timeout=100)
            if process.returncode != 3 or "Traceback" in err or SECRET in out + err or out:
                problems.append(f"{slug}: exit {process.returncode}: {out}{err}")
        assert problems == []
        assert 15 < time.monotonic() - began < 80
