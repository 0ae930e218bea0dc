"""Initial passwords: random, easy to read from paper and to type on a phone, replaced at the first sign-in."""

import secrets

from django.contrib.auth.hashers import get_hasher, make_password

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
GROUPS, SIZE = 3, 4
ROUNDS = 20_000


def new_password() -> str:
    """This function will make a password of three groups, 59 bits: `k7mq-3xhp-9wtn`."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(SIZE)) for _ in range(GROUPS))


def quick_hash(password: str) -> str:
    """This function will hash a random password with fewer rounds than one that a person chose.

    Slow hashing protects words that can be guessed; 59 random bits cannot be. The full number of rounds follows by
    itself at the first sign-in. Sixty accounts of a county would otherwise take half a minute of nothing else.
    """
    hasher = get_hasher()
    if not hasattr(hasher, "iterations"):
        return make_password(password)
    return hasher.encode(password, hasher.salt(), min(ROUNDS, hasher.iterations))
