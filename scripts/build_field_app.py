#!/usr/bin/env python3
"""Build the field app (field-app/) into src/duban/field/static/field, or check that what is kept there matches its sources.

Usage: build_field_app.py [--check]. Building needs Node 20.19 or later and npm; running Duban needs neither.
`--check` compares sources and built files with MANIFEST.json and, where Node is there, builds anew and compares bytes.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "field-app"
BUILT = ROOT / "src" / "duban" / "field" / "static" / "field"
MANIFEST = APP / "MANIFEST.json"
NODE = (20, 19)


def digests(folder: Path) -> dict[str, str]:
    """This function will return path → sha256 of every file of a folder, without installed packages."""
    files = [
        one
        for one in sorted(folder.rglob("*"))
        if one.is_file() and "node_modules" not in one.parts and one != MANIFEST
    ]
    return {one.relative_to(folder).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def carried(app: Path) -> dict[str, dict[str, Any]]:
    """This function will return the packages that go into the app (not those that only build it), by name."""
    locked = json.loads((app / "package-lock.json").read_text())["packages"]
    return {
        path.removeprefix("node_modules/"): one
        for path, one in sorted(locked.items())
        if path and not one.get("dev")
    }


def write_licences(app: Path) -> None:
    """This function will put the licence texts of everything carried into one file beside the app."""
    parts = []
    for name, one in carried(app).items():
        folder = app / "node_modules" / name
        texts = [
            path.read_text()
            for path in sorted(folder.glob("[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]*"))
            if path.is_file()
        ]
        parts.append("\n".join([f"{name} {one['version']} ({one['license']})", *texts]))
    (app / "public" / "LICENCES.txt").write_text(f"\n{'-' * 80}\n".join(parts))


def manifest() -> dict[str, Any]:
    """This function will return what MANIFEST.json should say now."""
    packages = [
        {"name": name, "version": one["version"], "licence": one["license"]}
        for name, one in carried(APP).items()
    ]
    return {"packages": packages, "sources": digests(APP), "built": digests(BUILT)}


def has_node() -> bool:
    """Test whether a Node that can build is there."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    return bool(found) and (int(found[1]), int(found[2])) >= NODE


def build(target: Path) -> None:
    """This function will build the app from its sources into `target`, in a copy of its own."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "app"
        shutil.copytree(APP, copy, ignore=shutil.ignore_patterns("node_modules"))
        subprocess.run(
            ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=copy, check=True
        )
        write_licences(copy)
        subprocess.run(["npm", "run", "--silent", "check"], cwd=copy, check=True)
        command = ["npx", "vite", "build", "--logLevel", "error", "--outDir", str(target), "--emptyOutDir"]
        subprocess.run(command, cwd=copy, check=True)


def check() -> list[str]:
    """This function will return what does not match."""
    kept, now = json.loads(MANIFEST.read_text()), manifest()
    wrong = [f"{part} changed since the app was built" for part in kept if kept[part] != now[part]]
    if not wrong and has_node():
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder) / "out")
            fresh = digests(Path(folder) / "out")
        names = sorted(name for name in {*fresh, *now["built"]} if fresh.get(name) != now["built"].get(name))
        wrong += [f"{name} is not what its sources give" for name in names]
    return wrong


def main() -> int:
    """This function will build or check and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        wrong = check()
        print(
            "\n".join(
                [*wrong, "run scripts/build_field_app.py"] if wrong else ["the field app matches its sources"]
            )
        )
        return bool(wrong)
    if not has_node():
        sys.exit("Node 20.19 or later and npm are needed to build the field app")
    build(BUILT)
    MANIFEST.write_text(json.dumps(manifest(), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
