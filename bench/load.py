"""The load: wrk on its own core, told by a Lua script what to send, telling in one line what came back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import NamedTemporaryFile

from bench.figures import Round

CONNECTIONS = 32
_MARK = "BENCH "
_DONE = """
function done(summary, latency, requests)
  io.write(string.format(
    'BENCH {"requests":%d,"micros":%d,"status":%d,"lost":%d,"p50":%d,"p99":%d}\\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""
_MANY = """
local at = 0
request = function()
  at = at % #all + 1
  return all[at]
end
"""


class LoadFailed(Exception):
    """The load tool did not run to its end, or its connections broke."""


@dataclass(frozen=True)
class Load:
    """What every request is. With `authorizations` each request takes the next of them in turn."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str = ""
    authorizations: Sequence[str] = field(default=(), repr=False)

    def script(self, host: str) -> str:
        """Write the Lua that wrk runs."""
        if not self.authorizations:
            lines = [f"wrk.method = {_lua(self.method)}", f"wrk.body = {_lua(self.body)}"]
            lines += [f"wrk.headers[{_lua(k)}] = {_lua(v)}" for k, v in self.headers.items()]
            return "\n".join(lines) + _DONE
        requests = ",\n".join(_lua(self._wire(host, each)) for each in self.authorizations)
        return f"local all = {{\n{requests}\n}}\n{_MANY}{_DONE}"

    def _wire(self, host: str, authorization: str) -> str:
        fields = {"Host": host, "Authorization": authorization, **self.headers}
        if self.body:
            fields["Content-Length"] = str(len(self.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n{self.body}"


def run(load: Load, port: int, seconds: float, core: int, connections: int = CONNECTIONS) -> Round:
    """Load one server for some seconds; `cpu` is left 0 for the caller to fill. Raises LoadFailed."""
    host = f"127.0.0.1:{port}"
    with NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(load.script(host))
        script.flush()
        command = [wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        command += ["-s", script.name, f"http://{host}{load.path}"]
        done = subprocess.run(
            ["taskset", "-c", str(core), *command],
            capture_output=True,
            text=True,
            timeout=seconds + 60,
        )
    if done.returncode != 0:
        raise LoadFailed(f"wrk: {done.stdout}{done.stderr}")
    return parse(done.stdout)


def parse(output: str) -> Round:
    """Read what the script printed at its end; raises LoadFailed where connections broke."""
    for line in output.splitlines():
        if line.startswith(_MARK):
            told = json.loads(line.removeprefix(_MARK))
            if told["lost"]:
                raise LoadFailed(f"{told['lost']} connections or reads failed: {line}")
            return Round(
                requests=told["requests"],
                failed=told["status"],
                seconds=told["micros"] / 1_000_000,
                cpu=0.0,
                p50_ms=told["p50"] / 1000,
                p99_ms=told["p99"] / 1000,
            )
    raise LoadFailed(f"wrk said nothing that we know: {output[-500:]}")


def wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise LoadFailed("wrk is not installed: tools/packages bench")
    return found


def wrk_version() -> str:
    done = subprocess.run([wrk(), "-v"], capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return f"wrk {found[0] if found else '(unknown)'}"


def _lua(text: str) -> str:
    return json.dumps(text)
