"""python -m tests.servers [postgres] [redis] -- COMMAND...: lend private services to a command.

The command finds them in TEST_POSTGRES_URL and TEST_REDIS_URL.
"""

import contextlib
import os
import subprocess
import sys

from tests.servers import running_postgresql, running_redis


def main(arguments: list[str]) -> int:
    cut = arguments.index("--") if "--" in arguments else 0
    names, command = arguments[:cut], arguments[cut + 1 :]
    if not names or not set(names) <= {"postgres", "redis"}:
        sys.stderr.write(__doc__ or "")
        return 2
    environment = dict(os.environ)
    with contextlib.ExitStack() as services:
        if "postgres" in names:
            cluster = services.enter_context(running_postgresql())
            environment["TEST_POSTGRES_URL"] = services.enter_context(cluster.new_database())
        if "redis" in names:
            environment["TEST_REDIS_URL"] = services.enter_context(running_redis()).url
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
