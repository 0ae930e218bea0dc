"""The one command line: `duban <command>`. Each command lives in config/commands/ and calls the same operations
as the pages do. Domain refusals end with exit code 2 and one clear sentence; nothing is half-written.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

COMMANDS = (
    "demo", "serve", "work", "tick", "campaign", "directives", "users", "device", "imports", "digest", "documents", "journal", "risk",
    "draw", "backup",
)  # fmt: skip


# Reads a file and prints: no data folder, no database, so none of the apps.
WITHOUT_APPS = ["directives", "parse"]


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """This function will build the parser of the commands (texts in the language of the terminal)."""
    from django.utils.translation import gettext as _

    top = argparse.ArgumentParser(
        prog="duban",
        description=_("督办：监督检查、交办整改、核验销号、每日汇总和通报。"),
        epilog=_("每个命令都可加 --help。数据放在 --data 指定的文件夹，默认为当前目录下的 data。"),
    )
    top.add_argument("--version", action="version", version="duban 0.1.0")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", metavar="DIR", type=Path, help=_("数据文件夹（数据库、文件、队列）"))
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", title=_("命令"))
    for name in names:
        import_module(f"duban.config.commands.{name}").add(commands, shared)
    return top


def _language() -> str:
    spoken = os.environ.get("DUBAN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh-hans" if spoken.lower().startswith(("zh", "c.zh")) else "en"


def _data_folder(arguments: Sequence[str]) -> str | None:
    """Return the --data of the arguments: settings need it before Django and the full parser exist."""
    early = argparse.ArgumentParser(add_help=False)
    early.add_argument("--data")
    return early.parse_known_args(arguments)[0].data


def _set_up(*, with_apps: bool) -> None:
    """Start Django; a command without apps gets the words alone, in a fraction of the time."""
    import django
    from django.conf import settings

    from duban.config.demo_clock import adopt

    if with_apps:
        adopt()
    elif not settings.configured:
        languages = [("zh-hans", "简体中文"), ("en", "English")]
        settings.configure(
            LANGUAGE_CODE="zh-hans", LANGUAGES=languages, USE_I18N=True, USE_TZ=True, TIME_ZONE="Asia/Shanghai",
            LOCALE_PATHS=[Path(__file__).resolve().parent.parent / "locale"],
        )  # fmt: skip
    django.setup()


def main(arguments: Sequence[str] | None = None) -> int:
    """This function will run one command and return its exit code: 0 done, 2 refused with a message."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if folder := _data_folder(arguments):
        os.environ["DUBAN_DATA"] = str(Path(folder).expanduser().resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duban.config.settings")
    # Before numpy is loaded: on a busy machine the threads of its matrix library wait for each other, ten times over.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from django.utils import translation

    names = ("directives",) if arguments[:2] == WITHOUT_APPS else COMMANDS
    try:
        _set_up(with_apps=names == COMMANDS)
    except OSError as error:  # the settings keep their key in the data folder; no words are loaded yet
        said = "数据文件夹不能使用" if _language() == "zh-hans" else "the data folder cannot be used"
        print(f"duban: {said}: {error.filename or folder}", file=sys.stderr)
        return 2
    from duban.kernel.errors import DubanError

    with translation.override(_language()):
        options = parser(names).parse_args(arguments)
        try:
            return int(options.run(options) or 0)
        except DubanError as error:
            print(f"duban: {error.message}", file=sys.stderr)
            for name, text in error.fields.items():
                print(f"  {name}: {text}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            return 130
        except BrokenPipeError:
            return 0
