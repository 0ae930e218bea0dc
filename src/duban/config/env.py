"""Tiny typed readers for DUBAN_* environment settings. Nothing else reads os.environ."""

import os
from pathlib import Path


def text(name: str, default: str = "") -> str:
    return os.environ.get(f"DUBAN_{name}", default)


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(f"DUBAN_{name}")
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def number(name: str, default: int) -> int:
    return int(os.environ.get(f"DUBAN_{name}", default))


def names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def path(name: str, default: Path) -> Path:
    value = os.environ.get(f"DUBAN_{name}")
    return Path(value).expanduser().resolve() if value else default
