"""RSA keys that others can factor: too short, or of a generator that drew its primes from a small group."""

from __future__ import annotations

from typing import Final

_LEAST_BITS: Final = 2048
_GENERATOR: Final = 65537
_PRIMES: Final = tuple(
    number for number in range(3, 168, 2) if all(number % each for each in range(3, number, 2))
)


def is_weak(modulus: int) -> bool:
    """Say whether a modulus is too short, or is a product of the primes of CVE-2017-15361 (ROCA).

    Those are powers of 65537 modulo every small prime, and so are their products; of others one in 2^27 is.
    """
    if modulus.bit_length() < _LEAST_BITS:
        return True
    return all(modulus % prime in group for prime, group in _GROUPS)


def _group(prime: int) -> frozenset[int]:
    found, power = set(), 1
    while power not in found:
        found.add(power)
        power = power * _GENERATOR % prime
    return frozenset(found)


_GROUPS: Final = tuple((prime, _group(prime)) for prime in _PRIMES)
