"""The shipped stand-in fonts, the office's own fonts, and rare characters."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from duban.documents import render, typefaces
from duban.documents.coverage import undrawable
from duban.documents.kinds import kind_of
from duban.documents.lint import lint_record
from duban.documents.models import OfficialDocument
from duban.kernel.errors import Invalid
from tests.documents.reading import text_of
from tests.documents.test_issue import issue

FONTS = Path(settings.FONTS)


def test_every_font_file_matches_the_manifest():
    listed = json.loads((FONTS / "MANIFEST.json").read_text(encoding="utf-8"))["fonts"]
    assert {row["file"] for row in listed} == {path.name for path in FONTS.glob("*.otf")}
    for row in listed:
        assert hashlib.sha256((FONTS / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert (FONTS / row["licence_file"]).is_file()


def test_stand_in_edition_says_so_on_its_last_page():
    assert "替代字体" in text_of(render.render_pdf("notice", kind_of("notice").sample()))[-1]


def test_strict_mode_refuses_stand_in_fonts():
    with pytest.raises(Invalid) as refusal:
        render.render_pdf("notice", kind_of("notice").sample(), strict=True)
    assert refusal.value.code == "document.stand_in_fonts"
    assert "方正小标宋简体" in str(refusal.value.message)


def test_office_fonts_win_and_the_note_disappears(tmp_path, settings, monkeypatch):
    for name in ("FandolFang-Regular", "FandolHei-Regular", "FandolKai-Regular", "FandolSong-Bold"):
        shutil.copy(FONTS / f"{name}.otf", tmp_path)
    families = {"fang": "FandolFang R", "hei": "FandolHei", "kai": "FandolKai", "title": "FandolSong"}
    monkeypatch.setattr(typefaces, "OFFICIAL", {role: (family,) for role, family in families.items()})
    settings.OFFICIAL_FONTS = str(tmp_path)
    pages = text_of(render.render_pdf("notice", kind_of("notice").sample(), strict=True))
    assert "替代字体" not in "".join(pages)


def test_rare_characters_fall_back_and_stay_in_the_text():
    record = kind_of("notice").sample() | {"paragraphs": ["示例：㛃、喆、𠮷三个字，㎡也在内。"]}
    pdf = render.render_pdf("notice", record)
    text = "".join(text_of(pdf))
    assert all(character in text for character in "㛃喆𠮷㎡")


def test_character_that_no_font_has_is_named_while_the_text_is_a_draft():
    record = kind_of("notice").sample() | {"paragraphs": ["示例：喆、𠮷、㎡可以印，\U0001f004印不出来。"]}
    (found,) = [one for one in lint_record("notice", record) if one.code == "no_glyph"]
    assert "\U0001f004" in str(found.message)
    assert undrawable("张喆𠮷㛃〔2020〕—“”①") == []


def test_strict_installation_issues_nothing_in_stand_in_fonts(world, settings):
    settings.STRICT_FONTS = True
    with pytest.raises(Invalid) as refusal:
        issue(world)
    assert refusal.value.code == "document.stand_in_fonts"
    assert not OfficialDocument.objects.exists()
