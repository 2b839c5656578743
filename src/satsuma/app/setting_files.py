"""Files that settings name: each is looked at before anything starts, and what cannot be used is told by its setting.

Whoever calls says which setting it is; what is raised says what is wrong with the file, and how to mend it.
"""

from __future__ import annotations

import ssl
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_LONGEST: Final = 1024 * 1024
_NAME_IT: Final = "name a file that this user may read"
_CHAIN: Final = "write the certificate and its chain in PEM, from -----BEGIN CERTIFICATE----- on"
_KEY: Final = "write the private key in PEM, from -----BEGIN PRIVATE KEY----- on"


class BadFile(ValueError):
    """A file that a setting names cannot be used; the text says why, and how to mend it."""


def read_bytes(path: str, longest: int = _LONGEST) -> bytes:
    """What a file holds; raises BadFile where it cannot be read, or holds more than any file of its kind."""
    try:
        with Path(path).open("rb") as file:
            found = file.read(longest + 1)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise BadFile(f"cannot read {path}: {reason}; {_NAME_IT}") from None
    if len(found) > longest:
        raise BadFile(f"{path} holds more than {longest} bytes; {_NAME_IT}")
    return found


def read_text(path: str) -> str:
    """The text of a file; raises BadFile."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise BadFile(f"{path} holds no text; {_NAME_IT} and that holds the secret alone") from None


def faults_of_files(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each setting of a file that cannot be used, with what is wrong."""
    cert, key = found.get("tls_cert") or None, found.get("tls_key") or None
    if cert is not None and key is not None:
        yield from _faults_of_tls(cert, key)
    elif cert is not None or key is not None:
        yield "tls_key" if cert is None else "tls_cert", "tls_cert and tls_key come together"
    for name, is_folder in (("checkpoints", False), ("run_dir", True)):
        path = found.get(name)
        fault = None if path is None else _fault_of_place(path, is_folder)
        if fault is not None:
            yield name, fault
    content = found.get("content")
    if content is not None and not Path(content).is_dir():
        yield "content", f"there is no folder {content}: name a folder that holds en/ or fr/"


def _fault_of_place(path: str, is_folder: bool) -> str | None:
    """Say why a place that is made where it is missing cannot be what it is meant to be."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(mode) == is_folder:
        return None
    if is_folder:
        return f"{path} is no folder: name a folder, which is made where it is missing"
    return f"{path} is a folder: name a file, which is made where it is missing"


def _faults_of_tls(cert: str, key: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the certificate, the key, and the pair of them.

    Spec: RFC 7468 §5, §10.
    """
    leaf = public = None
    try:
        leaf = _certificate(cert)
    except BadFile as problem:
        yield "tls_cert", str(problem)
    try:
        public = _public_half(key)
    except BadFile as problem:
        yield "tls_key", str(problem)
    if leaf is None or public is None:
        return
    if leaf.public_key() != public:
        yield "tls_key", f"the key in {key} does not belong to the first certificate in {cert}"
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, _no_passphrase)
    except (ssl.SSLError, OSError) as problem:
        reason = problem.reason if isinstance(problem, ssl.SSLError) else problem.strerror
        yield "tls_cert", f"TLS cannot use {cert}: {reason}; {_CHAIN}"


def _certificate(path: str) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificates

    text = _regular(path)
    try:
        return load_pem_x509_certificates(text)[0]
    except ValueError:
        raise BadFile(f"{path} holds no certificate: {_CHAIN}") from None


def _public_half(path: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _regular(path)
    try:
        return load_pem_private_key(text, None).public_key()
    except TypeError:
        says = "has a passphrase, which nobody can be asked for"
        cure = f"openssl pkey -in {path} -out FILE writes it without"
        raise BadFile(f"the key in {path} {says}: {cure}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadFile(f"{path} holds no private key: {_KEY}") from None


def _regular(path: str) -> bytes:
    """What a file holds that is read more than once: no pipe, which would keep the start waiting."""
    if Path(path).is_fifo():
        raise BadFile(f"{path} is a pipe; {_NAME_IT} more than once")
    return read_bytes(path)


def _no_passphrase() -> str:
    return ""
