"""Which typefaces a document is set in: the office's own official fonts if supplied, else open stand-ins.

settings.FONTS ships with the program; settings.OFFICIAL_FONTS (DUBAN_OFFICIAL_FONTS) comes from the office and
wins role by role. Rare characters fall back to the last family of each chain.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst
from django.conf import settings

FALLBACK = "Noto Serif CJK SC"
STAND_INS = {
    "fang": "FandolFang R",
    "hei": "FandolHei",
    "kai": "FandolKai",
    "title": "FandolSong",
    "song": FALLBACK,
}
OFFICIAL = {
    "fang": ("FangSong_GB2312", "仿宋_GB2312"),
    "hei": ("SimHei", "黑体"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312"),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK"),
    "song": ("SimSun", "宋体"),
}
LABELS = {"fang": "仿宋_GB2312", "hei": "黑体", "kai": "楷体_GB2312", "title": "方正小标宋简体"}
# 宋体 sets page numbers only; its absence alone does not make a document a stand-in edition.
REQUIRED = ("fang", "hei", "kai", "title")


@dataclass(frozen=True)
class Typefaces:
    """The font chain per role, the folders that hold the files and the official fonts that are missing."""

    chains: tuple[tuple[str, tuple[str, ...]], ...]
    folders: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def note(self) -> str:
        """Return the sentence printed on the last page when stand-ins are used, or nothing."""
        if not self.missing:
            return ""
        return f"替代字体版本：缺少{'、'.join(self.missing)}，以开源字体代替。正式件以本单位字体为准。"


def typefaces_in_use() -> Typefaces:
    """Return the chains for the folders that the settings name now."""
    return _resolve(str(settings.FONTS), str(getattr(settings, "OFFICIAL_FONTS", "") or ""))


@cache
def loaded_fonts(folders: tuple[str, ...]) -> typst.Fonts:
    """Load the font files of the folders once per process; the machine's own fonts are never used."""
    paths = [Path(folder) for folder in folders]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@cache
def _resolve(shipped: str, official: str) -> Typefaces:
    found: dict[str, str] = {}
    folders = (shipped,)
    if official and Path(official).is_dir():
        folders = (official, shipped)
        by_lower = {name.lower(): name for name in loaded_fonts((official,)).families()}
        for role, names in OFFICIAL.items():
            match = next((by_lower[name.lower()] for name in names if name.lower() in by_lower), None)
            if match:
                found[role] = match
    # Whatever else the office put into its folder draws the characters that nothing before it has.
    others = (
        sorted(set(loaded_fonts((official,)).families()) - set(found.values())) if len(folders) > 1 else []
    )
    chains = tuple(
        (role, tuple(dict.fromkeys([found.get(role, stand_in), stand_in, FALLBACK, *others])))
        for role, stand_in in STAND_INS.items()
    )
    return Typefaces(chains, folders, tuple(LABELS[role] for role in REQUIRED if role not in found))
