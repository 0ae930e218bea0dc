"""Converting uploads: what is asked becomes a tree, what is wrong is said with sheet and row."""

import io
import zipfile

import pytest

from duban.checklists import questions, validation, xlsform
from duban.kernel.errors import Invalid, TooLarge
from tests import needs
from tests.checklists import workbooks
from tests.checklists.workbooks import build, check


def refused(content: bytes, name: str = "market.xlsx") -> Invalid:
    with pytest.raises(Invalid) as caught:
        xlsform.examine(content, name)
    return caught.value


def test_examine_gives_tree_with_our_columns() -> None:
    draft = xlsform.examine(build(), "market.xlsx")
    assert (draft.form_id, draft.version_label, draft.title) == ("market", "1", "农贸市场清单")
    group = draft.tree[0]
    assert (group["kind"], group["label"]) == ("group", {"zh": "必问"})
    question, fact = group["children"]
    assert question["must_ask"] and question["is_check"]
    assert question["measures"] == ["market/entrances"]
    assert question["rule_items"] == ["nine/nine-3"]
    assert [one["name"] for one in question["choices"]] == ["yes", "no", "na", "not_checked"]
    assert fact["relevant"] == "/data/g/on_post = 'no'"
    assert [node["type"] for node in questions.flat(draft.tree)][-2:] == ["integer", "date"]
    assert len(questions.checks(draft.tree)) == 2


def test_examine_keeps_repeats_and_both_languages() -> None:
    rows = [
        {"type": "begin_repeat", "name": "shift", "label": "班次", "label_en": "Shift"},
        {"type": "text", "name": "post", "label": "岗位", "label_en": "Post"},
        {"type": "end_repeat", "name": "shift"},
    ]
    node = xlsform.examine(build(rows), "market.xlsx").tree[0]
    assert (node["kind"], node["label"]) == ("repeat", {"zh": "班次", "en": "Shift"})
    assert node["children"][0]["label"]["en"] == "Post"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"type,name,label\n", "not_excel"),
        ("类型,名称".encode("gb18030"), "not_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "old_excel"),
        (b"PK\x03\x04" + b"broken" * 100, "not_excel"),
        (build(without=("survey",)), "missing_sheet"),
        (build(without=("settings",)), "missing_sheet"),
        (workbooks.with_member(build(), "xl/vbaProject.bin", b"macro"), "macros"),
        (workbooks.with_member(build(), "xl/media/huge.bin", b"0" * (61 * 1024 * 1024)), "zip_bomb"),
    ],
    ids=["csv", "gb18030", "xls", "broken", "no-survey", "no-settings", "macro", "bomb"],
)
def test_examine_wrong_file_is_refused_with_a_reason(content: bytes, code: str) -> None:
    error = refused(content)
    assert error.code == code
    assert error.fields


def test_examine_zip_that_is_no_workbook() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "a")
    assert refused(stream.getvalue()).code == "not_excel"


def test_examine_huge_file_is_too_large() -> None:
    with pytest.raises(TooLarge):
        xlsform.examine(b"PK" + b"0" * (5 * 1024 * 1024), "market.xlsx")


def test_examine_macro_extension_is_refused() -> None:
    assert refused(build(), "market.xlsm").code == "macros"


@pytest.mark.parametrize(
    ("rows", "place", "says"),
    [
        ([check("a"), check("a")], "survey 第3行", "重复"),
        ([check("中文名")], "survey 第2行", "中文写在标签里"),
        ([check("a"), {"type": "colour", "name": "b", "label": "乙"}], "survey 第3行", "不认识的题型"),
        ([{"type": "select_one nothing", "name": "b", "label": "乙"}], "survey 第2行", "选项表“nothing”"),
        ([{"type": "begin_group", "name": "g", "label": "组"}, check("a")], "survey 第2行", "结束行"),
        ([check("a"), {"type": "end_group"}], "survey 第3行", "开始行"),
        ([{"type": "text", "name": "b"}], "survey 第2行", "标签"),
        ([check("a"), {"type": "text", "name": "b", "label": "乙", "must_ask": "yes"}], "survey 第3行", "必问项"),
        ([check("a", relevant="${nowhere} = 'no'")], "survey 第2行", "不存在"),
        ([check("a"), check("b", relevant="${a} = = 'no'")], "survey 第3行", "relevant"),
        ([check("a"), check("b", relevant="wibble(${a})")], "survey 第3行", "wibble"),
        ([check("a"), check("b", constraint=". > (")], "survey 第3行", "constraint"),
    ],
)  # fmt: skip
def test_examine_mistake_names_sheet_and_row(rows: list[dict[str, str]], place: str, says: str) -> None:
    error = refused(build(rows))
    assert place in error.fields, error.fields
    assert says in error.fields[place]


def test_examine_tells_all_mistakes_at_once() -> None:
    error = refused(build([check("中文"), check("b"), check("b")], settings={"form_id": ""}))
    assert set(error.fields) == {"survey 第2行", "survey 第4行", "settings 第2行"}


def test_examine_duplicate_choice_names_row() -> None:
    error = refused(build(choices=(*workbooks.RESULT, workbooks.RESULT[0])))
    assert "choices 第6行" in error.fields


CYCLE = [
    {"type": "calculate", "name": "one", "calculation": "${two} + 1"},
    {"type": "calculate", "name": "two", "calculation": "${one} + 1"},
    check("a"),
]


def test_examine_cycle_of_calculations_is_refused() -> None:
    error = refused(build(CYCLE))
    assert set(error.fields) <= {"survey 第2行", "survey 第3行"}
    assert "用到自己" in next(iter(error.fields.values()))


def test_examine_condition_on_itself_is_refused() -> None:
    assert "survey 第2行" in refused(build([check("a", relevant="${a} = 'no'")])).fields


def test_validate_without_java_checks_expressions() -> None:
    xform = xlsform.examine(build(), "market.xlsx").xform
    assert validation.validate(xform, with_java=False) == "xpath"
    with pytest.raises(Invalid):
        validation.validate(
            xform.replace(b"string-length(.) &gt;= 8", b"string-length(. &gt;= 8"), with_java=False
        )


@pytest.mark.java
def test_validate_with_java_runs_odk_validate() -> None:
    needs.java()
    xform = xlsform.examine(build(), "market.xlsx").xform
    assert validation.validate(xform) == "odk_validate"
    # Our own check knows no types: ODK Validate must be the one to refuse an itemset without its list.
    broken = xform.replace(b'<instance id="result">', b'<instance id="other">')
    with pytest.raises(Invalid) as caught:
        validation.validate(broken)
    assert caught.value.code == "validate_failed"


def test_every_pack_checklist_converts() -> None:
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "packs"
    paths = sorted(folder.glob("*/checklists/*.xlsx"))
    assert len(paths) >= 23
    for path in paths:
        draft = xlsform.examine(path.read_bytes(), path.name)
        assert len(questions.checks(draft.tree)) >= 10, path.name
