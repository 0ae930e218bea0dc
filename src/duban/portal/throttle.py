"""Slows down whoever tries tokens: so many wrong ones from one address, then nothing for a while."""

from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

LIMIT = 30
SECONDS = 600


def _key(request: HttpRequest) -> str:
    address = request.META.get("REMOTE_ADDR", "")
    return f"portal-wrong:{sha256(address.encode()).hexdigest()[:16]}"


def is_slowed(request: HttpRequest) -> bool:
    """Test whether the address has tried too many wrong tokens in the last ten minutes."""
    return cache.get(_key(request), 0) >= LIMIT


def note_wrong(request: HttpRequest) -> None:
    """This function will count one wrong token of the address."""
    key = _key(request)
    if not cache.add(key, 1, SECONDS):
        try:
            cache.incr(key)
        except ValueError:
            cache.set(key, 1, SECONDS)
