"""Parts of building the demo that a visitor would notice if they went wrong; the whole replay is a benchmark."""

import gc

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from duban.config.demo.build import hurried


def test_printed_password_signs_in_once_the_demo_is_built() -> None:
    usual, collected = list(settings.PASSWORD_HASHERS), gc.get_threshold()
    with hurried():
        quick = make_password("duban-demo-2020")
    assert usual == settings.PASSWORD_HASHERS
    assert gc.get_threshold() == collected
    normal = PBKDF2PasswordHasher()
    assert normal.verify("duban-demo-2020", quick)
    assert normal.must_update(quick)  # the first sign-in keeps it with the usual rounds
