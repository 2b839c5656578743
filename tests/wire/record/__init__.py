"""The record: what every route, every flow and every command answers, kept as text and compared on every run.

`answers/*.json` was written by `python -m tests.wire.record`; the test plays the same list again and compares status,
header fields and body. The database is one and the same file for every play (`database.sql`, written by release 0.1),
so its ids, secrets and keys are fixed; the process runs from a fixed instant. What is drawn anew at each run stands in
the answers as its kind: `<token>`, `<jwt>`, `<id>`, `<seal>`, `<instant>` (`kinds.py`).

Left out, with why:

- `serve`, `demo`, `db upgrade`, `db restore`, `audit seal`, `accounts invite` and `keys rotate --master`: they end by a
  signal, need a database of another state, a file of their own or a mail server; `tests/cli` has them.
- what `server doctor` finds about this machine (memory, clock, limits): only the names of its checks are kept;
- the numbers of `/metrics`, which depend on what was played before: its names are kept;
- the order of header fields, which is each front's own;
- refusals that need a dependency to be away, a clock to move or bytes that no HTTP client sends: `test_causes.py` of
  each room raises every row and asserts its answer, and `docs/errors.md` holds every row's words;
- what an upstream answers: it is the upstream's.
"""
