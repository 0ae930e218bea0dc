"""Settings of the test suite: those of the product, a throw-away folder, fast password hashing, no queue."""

import os
import tempfile

os.environ.setdefault("DUBAN_DATA", tempfile.mkdtemp(prefix="duban-test-"))
os.environ.setdefault("DUBAN_SECRET_KEY", "only-for-tests")
os.environ["DUBAN_JOBS_IMMEDIATE"] = "1"

from duban.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
