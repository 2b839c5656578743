"""Private PostgreSQL and Redis instances on free loopback ports.

`running_postgresql()` and `running_redis()` are context managers for tests, the bench and
the soak alike; `python -m tests.servers postgres redis -- COMMAND` lends them to a command.
"""

from tests.servers.postgresql import PostgreSQL, running_postgresql
from tests.servers.redis import Redis, running_redis

__all__ = ["PostgreSQL", "Redis", "running_postgresql", "running_redis"]
