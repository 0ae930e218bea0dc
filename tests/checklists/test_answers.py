"""Checking answers on the server."""

from typing import Any

import pytest

from duban.checklists import answers, rendering, xlsform
from duban.checklists.models import ChecklistVersion
from duban.kernel.errors import Invalid
from tests.checklists.workbooks import PLAIN, build

GOOD = {"on_post": "yes", "ledger": "yes", "shifts": "3", "since": "2020-02-16"}


@pytest.fixture(scope="module")
def version() -> ChecklistVersion:
    return ChecklistVersion(questions=xlsform.examine(build(), "market.xlsx").tree)


def refused(version: ChecklistVersion, given: dict[str, Any], **options: Any) -> dict[str, Any]:
    with pytest.raises(Invalid) as caught:
        answers.check(version.questions, given, **options)
    return caught.value.fields


def test_good_answers_come_back_clean(version: ChecklistVersion) -> None:
    assert answers.check(version.questions, {**GOOD, "ledger": " yes "}) == GOOD


def test_answer_to_a_question_that_does_not_apply_is_dropped(version: ChecklistVersion) -> None:
    assert "on_post_fact" not in answers.check(
        version.questions, {**GOOD, "on_post_fact": "十二点岗位无人值守"}
    )


def test_fact_is_required_when_not_met(version: ChecklistVersion) -> None:
    assert set(refused(version, {**GOOD, "on_post": "no"})) == {"on_post_fact"}
    assert set(refused(version, {**GOOD, "on_post": "no", "on_post_fact": "无人"})) == {"on_post_fact"}
    cleaned = answers.check(
        version.questions, {**GOOD, "on_post": "no", "on_post_fact": "9时10分值守岗无人在岗"}
    )
    assert cleaned["on_post_fact"] == "9时10分值守岗无人在岗"


@pytest.mark.parametrize("value", ["", "not_checked"])
def test_must_ask_cannot_be_skipped(version: ChecklistVersion, value: str) -> None:
    assert set(refused(version, {**GOOD, "on_post": value})) == {"on_post"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ledger", "maybe"), ("shifts", "three"), ("shifts", "12"), ("shifts", "1.5"), ("since", "2020-02-30"),
        ("since", "昨天"), ("shifts", ["1", "2"]), ("nowhere", "1"),
    ],
)  # fmt: skip
def test_malformed_answer_is_refused(version: ChecklistVersion, name: str, value: Any) -> None:
    assert set(refused(version, {**GOOD, name: value})) == {name}


def test_all_problems_are_told_at_once(version: ChecklistVersion) -> None:
    assert set(refused(version, {"shifts": "x", "since": "y"})) == {"on_post", "ledger", "shifts", "since"}


def test_draft_may_be_incomplete_but_not_malformed(version: ChecklistVersion) -> None:
    assert answers.check(version.questions, {"on_post": "not_checked"}, complete=False) == {
        "on_post": "not_checked"
    }
    assert set(refused(version, {"shifts": "x"}, complete=False)) == {"shifts"}


def test_unknown_condition_makes_optional_and_keeps_the_answer() -> None:
    rows = [
        {"type": "text", "name": "t", "label": "甲", "required": "yes", "relevant": "today() > '2020-01-01'"}
    ]
    version = ChecklistVersion(questions=xlsform.examine(build(rows), "market.xlsx").tree)
    assert answers.check(version.questions, {}) == {}
    assert answers.check(version.questions, {"t": "写了"}) == {"t": "写了"}


def test_condition_on_a_group_holds_for_what_is_inside() -> None:
    rows = [
        {"type": "integer", "name": "n", "label": "数"},
        {"type": "begin_group", "name": "g", "label": "组", "relevant": "${n} > 1"},
        {"type": "text", "name": "t", "label": "甲", "required": "yes"},
        {"type": "end_group", "name": "g"},
    ]
    version = ChecklistVersion(questions=xlsform.examine(build(rows), "market.xlsx").tree)
    assert answers.check(version.questions, {"n": "1"}) == {"n": "1"}
    assert set(refused(version, {"n": "2"})) == {"t"}


def test_repeat_answers_are_keyed_by_index() -> None:
    rows = [
        {"type": "begin_repeat", "name": "shift", "label": "班次"},
        {"type": "text", "name": "post", "label": "岗位", "required": "yes"},
        {"type": "text", "name": "gap", "label": "缺口", "required": "yes", "relevant": "${post} = '空'"},
        {"type": "end_repeat", "name": "shift"},
    ]
    version = ChecklistVersion(questions=xlsform.examine(build(rows), "market.xlsx").tree)
    assert answers.check(version.questions, {}) == {}
    assert answers.check(version.questions, {"post.0": "门岗", "post.1": "夜班"}) == {
        "post.0": "门岗",
        "post.1": "夜班",
    }
    assert set(refused(version, {"post.0": "门岗", "post.1": "空"})) == {"gap.1"}
    assert set(refused(version, {f"post.{number}": "岗" for number in range(51)})) == {""}
    assert len([row for row in rendering.rows(version, {"post.0": "门岗"})]) == 2


def test_photo_required_is_met_by_an_attachment() -> None:
    rows = [{"type": "image", "name": "photo", "label": "照片", "required": "yes"}]
    version = ChecklistVersion(questions=xlsform.examine(build(rows), "market.xlsx").tree)
    assert set(refused(version, {})) == {"photo"}
    assert answers.check(version.questions, {}, attached={"photo"}) == {}


def test_rows_put_must_ask_first_and_the_fact_beside_its_check(version: ChecklistVersion) -> None:
    sections = rendering.rows(version, {"ledger": "no"}, {"ledger_fact": "请填写这一项。"})
    assert [section.is_must_ask for section in sections] == [True, False]
    ledger = sections[1].questions[0]
    assert (ledger.widget, ledger.is_flagged) == ("radio", True)
    assert [choice.is_chosen for choice in ledger.choices] == [False, True, False, False]
    assert [(one.name, one.error) for one in ledger.beside] == [("ledger_fact", "请填写这一项。")]
    assert rendering.rows(version, language="en")[1].questions[0].choices[0].label == "Met"


def test_rows_cover_every_question(version: ChecklistVersion) -> None:
    shown = [
        one.name
        for section in rendering.rows(version)
        for question in section.questions
        for one in (question, *question.beside)
    ]
    assert sorted(shown) == sorted(
        row["name"] for row in PLAIN if row.get("label") and row["type"] != "begin_group"
    )


def test_posted_reads_back_the_form(version: ChecklistVersion) -> None:
    from django.http import QueryDict

    post = QueryDict("q-on_post=no&q-ledger=&other=1&q-on_post_fact=%20x%20")
    assert rendering.posted(version, post) == {"on_post": "no", "on_post_fact": "x"}
