"""Settings of the test suite: those of the product, a throw-away folder, fast password hashing, no queue."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("DUBAN_DATA", tempfile.mkdtemp(prefix="duban-test-"))
os.environ.setdefault("DUBAN_SECRET_KEY", "only-for-tests")
os.environ["DUBAN_JOBS_IMMEDIATE"] = "1"

from duban.config.settings import *  # noqa: F403

# A file, as in real life: threads meet busy waits, not the table locks of SQLite's shared in-memory cache.
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    _memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 - quicker than a disk
    _folder = tempfile.mkdtemp(dir=_memory, prefix="duban-test-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}  # noqa: F405

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
