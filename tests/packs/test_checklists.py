"""The committed workbooks say what their sources say, convert, and pass both form checks."""

import re
import subprocess
from pathlib import Path

import pytest
import pyxform
from lxml import etree
from pyxform.xls2xform import convert

from scripts import build_checklists
from tests import needs
from tests.packs.reading import PACK_CODES, checklist_paths, items_of, load, pack

PATHS = [path for code in PACK_CODES for path in checklist_paths(code)]
NAMES = [f"{path.parent.parent.name}/{path.stem}" for path in PATHS]
XF = "{http://www.w3.org/2002/xforms}"
# Functions that JavaRosa and xforms-engine both know; ODK Validate lets an unknown name pass.
KNOWN_FUNCTIONS = {"string-length", "true", "instance", "jr:itext"}


@pytest.fixture(scope="module")
def forms():
    return {
        name: convert(path.with_suffix(".xlsx").read_bytes(), file_type=".xlsx", validate=False)
        for name, path in zip(NAMES, PATHS, strict=True)
    }


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_the_committed_workbook_matches_its_source(path):
    assert build_checklists.is_stale(load(path), path.parent.parent.name, path.with_suffix(".xlsx")) is False


def test_a_changed_source_makes_the_workbook_stale():
    path = PATHS[0]
    checklist = load(path)
    checklist["groups"][0]["items"][0]["label"] += "（改）"
    assert build_checklists.is_stale(checklist, path.parent.parent.name, path.with_suffix(".xlsx"))


def test_equal_sources_give_equal_bytes():
    checklist = load(PATHS[0])
    assert build_checklists.workbook_bytes(checklist, "p") == build_checklists.workbook_bytes(checklist, "p")


def test_a_label_that_looks_like_a_formula_stays_text():
    checklist = load(PATHS[0])
    checklist["groups"][0]["items"][0]["label"] = "=1+1"
    tables = build_checklists.tables_in(build_checklists.workbook_bytes(checklist, "p"))
    assert any("=1+1" in row for row in tables["survey"])


def test_check_reports_a_stale_workbook_and_writes_nothing(tmp_path, capsys):
    root = tmp_path / "flood-control"
    source = root / "checklists" / "duty_room.yaml"
    source.parent.mkdir(parents=True)
    original = next(path for path in PATHS if path.name == "duty_room.yaml")
    source.write_text(
        original.read_text(encoding="utf-8").replace("值班室检查清单", "值班点检查清单"), "utf-8"
    )
    committed = original.with_suffix(".xlsx").read_bytes()
    source.with_suffix(".xlsx").write_bytes(committed)

    assert build_checklists.main([str(root), "--check"]) == 1
    assert "does not match its source" in capsys.readouterr().out
    assert source.with_suffix(".xlsx").read_bytes() == committed

    assert build_checklists.main([str(root)]) == 0
    assert build_checklists.main([str(root), "--check"]) == 0


@pytest.mark.parametrize(("code", "least"), [("epidemic-control", 10), ("flood-control", 5)])
def test_there_are_enough_checklists_of_a_usable_length(code, least):
    checklists = pack(code)["checklists"]
    assert len(checklists) >= least
    for checklist in checklists:
        assert 10 <= len(items_of(checklist)) <= 25, checklist["code"]


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_question_names_are_ascii_and_unique_with_what_the_builder_adds(path):
    names = [row["name"] for row in build_checklists.survey_rows(load(path)) if row["type"] != "end_group"]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)


@pytest.mark.parametrize("name", NAMES)
def test_the_workbook_converts_without_a_warning(forms, name):
    assert forms[name].warnings == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_lacks_a_translation(forms, name):
    root = etree.fromstring(forms[name].xform.encode())
    texts = [value.text for value in root.iter(f"{XF}value") if value.text is not None]
    assert texts and "-" not in texts


@pytest.mark.parametrize("name", NAMES)
def test_every_expression_compiles_and_uses_known_functions(forms, name):
    root = etree.fromstring(forms[name].xform.encode())
    seen = 0
    for bind in root.iter(f"{XF}bind"):
        for attribute in ("relevant", "constraint", "required", "calculate"):
            if expression := bind.get(attribute):
                etree.XPath(expression, namespaces={"jr": "http://openrosa.org/javarosa"})
                assert set(re.findall(r"([a-z][a-z:-]*)\(", expression)) <= KNOWN_FUNCTIONS
                seen += 1
    assert seen


def bind_of(form, question):
    root = etree.fromstring(form.xform.encode())
    return next(b for b in root.iter(f"{XF}bind") if b.get("nodeset").endswith(f"/{question}"))


def test_a_failed_item_asks_for_the_fact_and_offers_a_photo(forms):
    form = forms["epidemic-control/market_mall"]
    fact, photo = bind_of(form, "entrances_merged_fact"), bind_of(form, "entrances_merged_photo")
    assert fact.get("required") == "true()"
    assert "= 'no'" in fact.get("relevant") and "= 'no'" in photo.get("relevant")
    assert photo.get("type") == "binary" and photo.get("required") is None
    assert "请写明岗位和职责，不写群众个人" in form.xform


def test_a_must_ask_item_cannot_be_left_unchecked_and_another_can(forms):
    form = forms["epidemic-control/market_mall"]
    assert bind_of(form, "leader_in_command").get("constraint") == ". != 'not_checked'"
    assert bind_of(form, "entrances_merged").get("constraint") is None


def test_the_workbook_carries_the_links_of_every_item():
    tables = build_checklists.tables_in(
        (PATHS[NAMES.index("epidemic-control/medical_institution")].with_suffix(".xlsx")).read_bytes()
    )
    head, *rows = tables["survey"]
    row = next(dict(zip(head, r, strict=True)) for r in rows if r[1] == "outpatient_suspended")
    assert row["duban::measure"] == "announce_outpatient/suspend"
    assert row["duban::finding_template"] == "clinic_not_closed"
    assert row["duban::rule_item"] == "nine_prohibitions/1"
    must = next(dict(zip(head, r, strict=True)) for r in rows if r[1] == "leader_in_command")
    assert must["duban::must_ask"] == "yes"


@pytest.mark.java
def test_every_form_passes_odk_validate(forms, tmp_path):
    java = needs.java()
    jar = Path(pyxform.__file__).parent / "validators/odk_validate/bin/ODK_Validate.jar"
    files = []
    for name, form in forms.items():
        files.append(tmp_path / f"{name.replace('/', '_')}.xml")
        files[-1].write_text(form.xform, encoding="utf-8")
    done = subprocess.run([java, "-jar", jar, *files], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("Xform is valid") == len(files)
