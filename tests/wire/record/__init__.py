"""The record: what every route, every flow and every command answers, kept as text and compared on every run.

`answers/*.json` was written by `python -m tests.wire.record`; the test plays the same list again and compares status,
header fields and body. The database is one and the same file for every play (`database.sql`, written by release 0.1),
so its ids, secrets and keys are fixed; the process runs from a fixed instant. What is drawn anew at each run stands in
the answers as its kind: `<token>`, `<jwt>`, `<id>`, `<seal>`, `<instant>` (`kinds.py`).

Every row of refusal that a request can reach is kept too (`refusals.py`), by the tests that provoke it:
`test_causes.py`, `test_machine_causes.py` and `test_person_causes.py` compare each answer with its header fields.

Left out, with why:

- `serve`, `demo`, `emulate`, `db upgrade`, `db restore`, `audit seal`, `accounts invite`, `keys rotate --master`: they
  end by a signal, need a database of another state, a file of their own or a mail server; `tests/cli` has them.
- the client's commands, which speak to a server and keep nothing in a database: `tests/client/test_commands.py`;
- `spaces people`, `change` and `remove`, which need two people in one space: `tests/cli/test_commands.py`;
- `samples list`, `show` and the `from-` three, which ask nobody: `tests/samples` runs what they print;
- what `server doctor` finds about this machine (memory, clock, limits): only the names of its checks are kept;
- the numbers of `/metrics`, which depend on what was played before: its names are kept;
- the order of header fields, which is each front's own;
- what an upstream answers: it is the upstream's.
"""
