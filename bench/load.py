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
local head, tail, counts = %s, %s, %s
all, at, beyond = {}, 0, 0
for line in io.lines(%s) do
  local length = counts and "Content-Length: " .. #line .. "\\r\\n\\r\\n" or ""
  all[#all + 1] = head .. length .. line .. tail
end
request = function()
  if at == #all then beyond = beyond + 1 end
  at = at %% #all + 1
  return all[at]
end
local threads = {}
setup = function(thread) threads[#threads + 1] = thread end
"""
_ONCE = """
local told = done
done = function(...)
  told(...)
  local short = 0
  for _, thread in ipairs(threads) do short = short + thread:get("beyond") end
  io.write(string.format('SHORT %d\\n', short))
end
"""
_SHORT = "SHORT "


class LoadFailed(Exception):
    """The load tool did not run to its end, or its connections broke."""


@dataclass(frozen=True)
class Load:
    """What every request is. With `authorizations` or `bodies` each request takes the next of them in turn.

    With `once` none of them may be sent twice, as a code or a refresh token may not: a run that needs more has failed.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: str = ""
    authorizations: Sequence[str] = field(default=(), repr=False)
    bodies: Sequence[str] = field(default=(), repr=False)
    once: bool = False
    connections: int = CONNECTIONS

    @property
    def lines(self) -> Sequence[str]:
        """What differs from request to request; none where all are alike."""
        return self.authorizations or self.bodies

    def script(self, host: str, lines: str = "") -> str:
        """Write the Lua that wrk runs; `lines` is the file of what differs, one a line."""
        if not self.lines:
            alike = [f"wrk.method = {_lua(self.method)}", f"wrk.body = {_lua(self.body)}"]
            alike += [f"wrk.headers[{_lua(k)}] = {_lua(v)}" for k, v in self.headers.items()]
            return "\n".join(alike) + _DONE
        head, tail = self._around(host)
        counts = "false" if self.authorizations else "true"
        many = _MANY % (_lua(head), _lua(tail), counts, _lua(lines))
        return many + _DONE + (_ONCE if self.once else "")

    def _around(self, host: str) -> tuple[str, str]:
        """Give what stands before and after a line in its request."""
        fields = {"Host": host, **self.headers}
        if self.authorizations and self.body:
            fields["Content-Length"] = str(len(self.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"{self.method} {self.path} HTTP/1.1\r\n{head}"
        if self.authorizations:
            return f"{head}Authorization: ", f"\r\n\r\n{self.body}"
        return head, ""


def run(load: Load, port: int, seconds: float, core: int) -> Round:
    """Load one server for some seconds; `cpu` is left 0 for the caller to fill. Raises LoadFailed."""
    host = f"127.0.0.1:{port}"
    with NamedTemporaryFile("w", suffix=".lua") as script, NamedTemporaryFile("w") as lines:
        lines.write("".join(f"{line}\n" for line in load.lines))
        lines.flush()
        script.write(load.script(host, lines.name))
        script.flush()
        command = [wrk(), "-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s"]
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
    for line in reversed(output.splitlines()):
        if line.startswith(_SHORT) and line != f"{_SHORT}0":
            raise LoadFailed(f"what may be sent once ran out: {line}")
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
