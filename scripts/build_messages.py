#!/usr/bin/env python3
"""Collect the Chinese texts of the source into locale/en, compile them, or check that English is complete.

Usage: build_messages.py [--check] [--merge FILE.json …]. Needs GNU gettext (Debian: gettext) for collecting.
`--merge` fills empty translations from JSON objects {Chinese: English}.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "duban"
CATALOGUE = PACKAGE / "locale" / "en" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|%[sd]|\{[a-z_0-9]*\}")


def collect() -> polib.POFile:
    """This function will return a fresh catalogue of the source's texts with the known translations filled in."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "duban"
        shutil.copytree(
            PACKAGE, copy, ignore=shutil.ignore_patterns("vendor", "fonts", "__pycache__", "migrations")
        )
        (copy / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "django",
            "makemessages",
            "-l",
            "en",
            "--no-obsolete",
            "--no-wrap",
            "-v0",
        ]
        environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(command, cwd=copy, check=True, env=environment)
        fresh = polib.pofile(str(copy / "locale" / "en" / "LC_MESSAGES" / "django.po"), wrapwidth=0)
    for entry in fresh:
        entry.occurrences = sorted({(name, "") for name, _line in entry.occurrences})
        if "fuzzy" in entry.flags:  # a guess by similarity is not a translation
            entry.flags.remove("fuzzy")
            entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(entry.msgstr_plural, "")
            entry.previous_msgid = entry.previous_msgid_plural = None
    fresh.sort(key=lambda entry: (entry.occurrences[:1], entry.msgid))
    fresh.metadata = {
        "Project-Id-Version": "duban", "Language": "en", "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }  # fmt: skip
    return fresh


def merge(catalogue: polib.POFile, files: list[Path]) -> None:
    """This function will fill empty translations from JSON files."""
    known: dict[str, str] = {}
    for path in files:
        known |= json.loads(path.read_text(encoding="utf-8"))
    for entry in catalogue:
        text = known.get(entry.msgid, "")
        if entry.msgid_plural:
            if not entry.msgstr_plural.get(0) and text:
                entry.msgstr_plural = {0: text, 1: known.get(entry.msgid_plural, text)}
        elif not entry.msgstr and text:
            # Django's compiler wants both or neither to begin and end with a line break.
            entry.msgstr = text


def faults(catalogue: polib.POFile) -> list[str]:
    """This function will name every text without a whole English translation."""
    found = []
    for entry in catalogue:
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        for text in texts:
            if not text.strip():
                found.append(f"untranslated: {entry.msgid!r}")
            elif set(PLACEHOLDER.findall(text)) - set(
                PLACEHOLDER.findall(entry.msgid + (entry.msgid_plural or ""))
            ):
                found.append(f"placeholders differ: {entry.msgid!r}")
    return found


def main(arguments: list[str] | None = None) -> int:
    """This function will collect, merge, compile or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--merge", nargs="*", type=Path, default=[])
    options = parser.parse_args(arguments)
    catalogue = collect()
    merge(catalogue, options.merge)
    problems = faults(catalogue)
    if options.check:
        kept = {(entry.msgid, entry.msgstr) for entry in polib.pofile(str(CATALOGUE))}
        problems += [
            f"not collected: {entry.msgid!r}"
            for entry in catalogue
            if (entry.msgid, entry.msgstr) not in kept
        ]
    else:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(CATALOGUE))
        catalogue.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    for line in problems[:40]:
        print(line)
    print(f"{len(catalogue)} texts, {len(problems)} to mend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
