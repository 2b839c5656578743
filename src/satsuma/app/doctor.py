"""The whole examination: the host, the database, what is in it, and the server that runs on it."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from satsuma.accounts.emails import BadEmail, canonical_email
from satsuma.app.audit import checkpoints_file
from satsuma.app.master_key import database_file, key_file, load_master_key, read_key
from satsuma.app.platform import key_algorithms
from satsuma.app.settings import BadSettings, Settings
from satsuma.diagnostics.doctor import DoctorFinding, examine_facts, read_facts
from satsuma.diagnostics.doctor_host import (
    Host,
    check_database_clock,
    check_feed,
    examine_host,
    file_clock,
)
from satsuma.diagnostics.doctor_services import (
    Connections,
    check_connections,
    check_counters,
    check_mail,
)
from satsuma.diagnostics.doctor_stored import examine_stored, read_stored
from satsuma.keys.master import MasterKey, WrongMasterKey
from satsuma.management.keys import KEY_ID, open_vault
from satsuma.outbox.mail import MailPolicy, SmtpPost
from satsuma.store.opening import POSTGRESQL, open_store
from satsuma.store.port import SchemaTooNew, SchemaTooOld, Store, Unavailable

_SEVERITY: Final = {"fail": 0, "warn": 1, "ok": 2}
_LOOSENED: Final = (
    (re.compile(r"issuer (\S+) allows "), "token_limit"),
    (re.compile(r"issuer (\S+) makes tokens "), "token_life"),
)
_CONNECTIONS: Final = (
    "SELECT current_setting('max_connections')::int,"
    " current_setting('superuser_reserved_connections')::int,"
    " (SELECT count(*)::int FROM pg_stat_activity"
    " WHERE backend_type = 'client backend' AND application_name <> 'satsuma')"
)
Clock = Callable[[], datetime]


async def examine(settings: Settings, config: Path | None, clock: Clock) -> list[DoctorFinding]:
    """Look at everything; the worst comes first."""
    host = Host(
        front=settings.front,
        api_url=settings.api_url,
        database=database_file(settings),
        key=key_file(settings),
        checkpoints=checkpoints_file(settings),
        loosened=tuple((line, _tightening(line, config)) for line in settings.loosened()),
    )
    found = await asyncio.to_thread(examine_host, host)
    found += await _examine_services(settings)
    found += await asyncio.to_thread(lambda: list(_content(settings)))
    found += [finding async for finding in _examine_database(settings, clock)]
    return sorted(found, key=lambda finding: _SEVERITY[finding.level])


async def _examine_services(settings: Settings) -> list[DoctorFinding]:
    """Look at mail and counters."""
    from satsuma.counters.redis import find_fault

    policy = MailPolicy(settings.smtp_url, settings.mail_from)
    try_out = None if settings.smtp_url is None else SmtpPost(policy).try_out
    return [
        await check_mail(settings.sends_no_mail(), try_out),
        await check_counters(settings.redis, find_fault),
    ]


def _content(settings: Settings) -> Iterator[DoctorFinding]:
    """What of the operator's articles cannot be shown."""
    if settings.content is None:
        return
    from satsuma.portal.articles.reading import faults_of, own_words

    words = own_words(settings.api_url, settings.pages_url, settings.policies())
    faults = list(faults_of(Path(settings.content), words))
    yield from (DoctorFinding("content", "warn", fault) for fault in faults)
    if not faults:
        yield DoctorFinding("content", "ok", f"Every article below {settings.content} is shown")


def _tightening(line: str, config: Path | None) -> str | None:
    """The command that takes a weak value of an issuer out of the file of settings."""
    for pattern, name in _LOOSENED:
        issuer = pattern.match(line)
        if issuer is not None and config is not None:
            section = rf"/^\[issuers\.{re.escape(issuer[1])}\]/,/^\[/"
            return f"sed -i.bak '{section}{{/^{name} *=/d}}' {shlex.quote(str(config))}"
    return "export SATSUMA_MODE=production" if " mode: " in line else None


async def _examine_database(settings: Settings, clock: Clock) -> AsyncIterator[DoctorFinding]:
    file = database_file(settings)
    if file is not None and not file.exists():
        says = f"There is no database at {file}"
        yield DoctorFinding("database", "fail", says, "satsuma db upgrade")
        return
    try:
        master = load_master_key(settings)
    except BadSettings as problem:
        yield DoctorFinding("master key", "fail", str(problem), _missing_key(settings))
        return
    try:
        store = await asyncio.to_thread(open_store, settings.database, upgrade=False)
    except SchemaTooOld as problem:
        yield DoctorFinding("database", "fail", str(problem), "satsuma db upgrade")
        return
    except (SchemaTooNew, Unavailable, ValueError) as problem:
        yield DoctorFinding("database", "fail", str(problem), "satsuma db check")
        return
    try:
        yield DoctorFinding("database", "ok", "The database is there, at this release's revision")
        for finding in await _examine_store(settings, store, master, clock):
            yield finding
    except Unavailable as problem:
        yield DoctorFinding("database", "fail", str(problem), "satsuma db check")
    finally:
        await store.close()


async def _examine_store(
    settings: Settings, store: Store, master: MasterKey, clock: Clock
) -> list[DoctorFinding]:
    found = [await asyncio.to_thread(_database_clock, settings, clock)]
    found += await asyncio.to_thread(lambda: list(_connections(settings)))
    try:
        await open_vault(store, master, None, clock)
    except WrongMasterKey as problem:
        belongs = await store.read(lambda reader: reader.find_meta(KEY_ID))
        mend = _other_key(settings, belongs or "")
        return [*found, DoctorFinding("master key", "fail", str(problem), mend)]
    found.append(
        DoctorFinding("master key", "ok", f"The master key {master.key_id} opens the database")
    )
    facts = await read_facts(store, clock())
    found += examine_facts(facts, key_algorithms(settings.policies()), clock())
    found += examine_stored(await read_stored(store), _canonical)
    found += await asyncio.to_thread(lambda: list(_feed(facts.feed_head, settings)))
    return found


def _canonical(email: str) -> str | None:
    try:
        return canonical_email(email)
    except BadEmail:
        return None


def _feed(head: int, settings: Settings) -> Iterator[DoctorFinding]:
    token = settings.metrics_token
    return check_feed(head, settings.api_url, None if token is None else token.reveal())


def _database_clock(settings: Settings, clock: Clock) -> DoctorFinding:
    file = database_file(settings)
    if file is not None:
        return check_database_clock(file_clock(file.absolute().parent), clock(), "the file system")
    if not settings.database.startswith(POSTGRESQL):
        return DoctorFinding("clock", "ok", "The database has no clock of its own")
    from satsuma.store.postgresql.connection import connect

    with connect(settings.database, autocommit=True) as connection:
        (theirs,) = connection.execute("SELECT clock_timestamp()").fetchall()[0]
    return check_database_clock(theirs, clock(), "PostgreSQL")


def _connections(settings: Settings) -> Iterator[DoctorFinding]:
    if not settings.database.startswith(POSTGRESQL):
        return
    from satsuma.store.postgresql.connection import connect, shown_address
    from satsuma.store.postgresql.store import PER_PROCESS

    with connect(settings.database, autocommit=True) as connection:
        ((limit, reserved, others),) = connection.execute(_CONNECTIONS).fetchall()
    found = Connections(shown_address(settings.database), limit - reserved, reserved, others)
    yield check_connections(found, settings.workers, PER_PROCESS)


def _missing_key(settings: Settings) -> str | None:
    file = key_file(settings)
    if file is None:
        return "satsuma keys make-master master.key && export SATSUMA_MASTER_KEY_FILE=master.key"
    return _from_kept(file, None)


def _other_key(settings: Settings, key_id: str) -> str | None:
    """The command that puts the right key in place, where it lies beside the database."""
    file = key_file(settings)
    if file is None:
        return "export SATSUMA_MASTER_KEY_FILE=FILE"
    waiting = file.with_name(file.name + ".next")
    if waiting.exists() and read_key(waiting).key_id == key_id:
        return "satsuma keys rotate --master"
    return _from_kept(file, key_id)


def _from_kept(file: Path, key_id: str | None) -> str | None:
    """The command that copies a kept key back; without an id, the only one there is."""
    kept = sorted(file.parent.glob(file.name + ".*"))
    fitting = [each for each in kept if key_id is None or each.name.endswith(key_id)]
    if len(fitting) != 1:
        return "export SATSUMA_MASTER_KEY_FILE=FILE"
    return f"cp -p {shlex.quote(str(fitting[0]))} {shlex.quote(str(file))}"
