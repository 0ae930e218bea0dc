"""The cycle collector while a text is read: it rests, or the time grows faster than the text.

A reading builds hundreds of thousands of small objects and no cycles; the collector would walk all of them again and again.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_readers = 0
_was_on = False


@contextmanager
def resting_collector() -> Iterator[None]:
    """This function will keep the collector off until the last of the readers in this process is done."""
    global _readers, _was_on
    with _lock:
        if _readers == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _readers += 1
    try:
        yield
    finally:
        with _lock:
            _readers -= 1
            if _readers == 0 and _was_on:
                gc.enable()
