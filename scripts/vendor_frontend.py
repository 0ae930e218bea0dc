"""Re-create the front-end files kept in src/duban/web/static/vendor from their npm packages.

Run by a developer after changing a version or the icon list; the results are committed, so neither
building nor running Duban needs npm. `--check` only compares the kept files with MANIFEST.json.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "src" / "duban" / "web" / "static" / "vendor"
MANIFEST = VENDOR / "MANIFEST.json"

# package, version, licence, {path inside the package: path kept here}
PACKAGES = [
    ("@tabler/core", "1.6.1", "MIT", {"dist/css/tabler.min.css": "tabler/tabler.min.css"}),
    ("htmx.org", "2.0.11", "0BSD", {"dist/htmx.min.js": "htmx/htmx.min.js", "LICENSE": "htmx/LICENSE"}),
    (
        "echarts",
        "6.1.0",
        "Apache-2.0",
        {
            "dist/echarts.common.min.js": "echarts/echarts.common.min.js",
            "LICENSE": "echarts/LICENSE",
            "NOTICE": "echarts/NOTICE",
        },
    ),
]
ICON_PACKAGE = ("@tabler/icons", "3.51.0", "MIT", {"LICENSE": "icons/LICENSE"})
SPRITE = "icons/sprite.svg"

# One name per line: the outline icons used by {% icon "…" %}. Add a name there and run this script again.
ICON_NAMES = Path(__file__).with_name("vendor_icons.txt")


def digest(path: Path) -> str:
    """Return the sha256 of a file as hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(package: str, version: str, folder: Path) -> Path:
    """Let npm pack one package into `folder` and return the folder it was unpacked to."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to fetch front-end packages")
    packed = subprocess.run(
        [npm, "pack", "--silent", "--pack-destination", str(folder), f"{package}@{version}"],
        check=True,
        capture_output=True,
        text=True,
    )
    target = folder / re.sub(r"\W+", "-", package)
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def sprite(icons: Path) -> str:
    """Return one SVG document with a <symbol> per name in vendor_icons.txt."""
    symbols = []
    for name in sorted(set(ICON_NAMES.read_text().split())):
        drawing = icons / "outline" / f"{name}.svg"
        if not drawing.exists():
            print(f"no outline icon named {name}", file=sys.stderr)
            continue
        inner = re.search(r"<svg.*?>(.*)</svg>", drawing.read_text(), re.S)
        shapes = re.sub(r'\s*<path stroke="none"[^>]*/>', "", inner[1] if inner else "")
        shapes = re.sub(r"\s+", " ", shapes).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round">\n' + "\n".join(symbols) + "\n</svg>\n"
    )


def rebuild() -> None:
    """Fetch every package, copy what is used, write the sprite and the manifest."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for package, version, licence, files in [*PACKAGES, ICON_PACKAGE]:
            unpacked = fetch(package, version, Path(scratch))
            kept = dict(files)
            for source, target in kept.items():
                (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(unpacked / source, VENDOR / target)
            targets = list(kept.values())
            if package == ICON_PACKAGE[0]:
                (VENDOR / SPRITE).write_text(sprite(unpacked / "icons"))
                targets.append(SPRITE)
            rows += [
                {
                    "name": package,
                    "version": version,
                    "licence": licence,
                    "file": target,
                    "sha256": digest(VENDOR / target),
                }
                for target in targets
            ]
    licence_text = VENDOR / "tabler" / "LICENSE"
    if (
        licence_text.exists()
    ):  # Tabler's npm package carries no licence file; ours is typed from its repository
        rows.append(
            {
                "name": "@tabler/core",
                "version": PACKAGES[0][1],
                "licence": "MIT",
                "file": "tabler/LICENSE",
                "sha256": digest(licence_text),
            }
        )
    MANIFEST.write_text(json.dumps(sorted(rows, key=lambda row: row["file"]), indent=2) + "\n")


def problems() -> list[str]:
    """Return one line per kept file that is missing, changed or not in the manifest."""
    rows = json.loads(MANIFEST.read_text())
    found = []
    for row in rows:
        kept = VENDOR / row["file"]
        if not kept.exists():
            found.append(f"missing: {row['file']}")
        elif digest(kept) != row["sha256"]:
            found.append(f"changed: {row['file']}")
    listed = {row["file"] for row in rows} | {MANIFEST.name}
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}
    return found + [f"not in the manifest: {name}" for name in sorted(present - listed)]


def main() -> int:
    """Rebuild the vendored files, or with --check report differences and return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare kept files with MANIFEST.json")
    if not parser.parse_args().check:
        rebuild()
    found = problems()
    print("\n".join(found) or "vendored front-end files match MANIFEST.json")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
