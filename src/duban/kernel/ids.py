"""Identifiers: UUIDv7 primary keys (devices may create them offline; the id is the idempotency key)."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """This function will return a new time-ordered UUIDv7."""
    return compat.uuid7()


def parse_id(value: object) -> UUID | None:
    """This function will return the UUID written in `value`, or None if it is not one."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
