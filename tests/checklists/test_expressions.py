"""The safe evaluator: what it knows it gets right, what it does not know it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duban.checklists import expressions

ANSWERS = {"a": "no", "b": "yes", "n": "3", "m": ["x", "z"], "empty": ""}


def holds(text: str, own: object = "") -> bool | None:
    return expressions.holds(text, lambda name: ANSWERS.get(name, ""), own)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" /data/g/a  = 'no'", True), ("/data/a != 'no'", False), ("../a = 'no'", True),
        ("/data/a = 'no' and /data/b = 'yes'", True), ("/data/a = 'yes' or /data/b = 'yes'", True),
        ("not(/data/a = 'no')", False), ("selected(/data/m, 'z')", True), ("selected(/data/m, 'y')", False),
        ("count-selected(/data/m) >= 2", True), ("/data/n > 2 and /data/n <= 3", True),
        ("/data/n + 1 = 4", True), ("/data/n * 2 - 1 = 5", True), ("/data/n mod 2 = 1", True),
        ("/data/empty = ''", True), ("/data/empty > 0", False), ("true()", True), ("false()", False),
        ("(/data/a = 'yes' or /data/b = 'yes') and true()", True), ("string-length(/data/a) = 2", True),
        ("coalesce(/data/empty, 'q') = 'q'", True), ("if(/data/n > 2, 'p', 'q') = 'p'", True),
        ("- /data/n < 0", True), ("/data/n div 2 = 1.5", True),
    ],
)  # fmt: skip
def test_holds(text: str, expected: bool) -> None:
    assert holds(text) is expected


def test_own_value() -> None:
    assert holds(". >= 0 and . <= 9", "5") is True
    assert holds(". >= 0 and . <= 9", "12") is False
    assert holds("string-length(.) >= 8", "十二点岗位无人值守") is True


@pytest.mark.parametrize(
    "text",
    ["today() > 1", "pulldata('x','y')", "a[1]", "count(/data/r)", "1 div 0 = 1", "(", "= 3", "'x", "selected(/data/m)",
     "instance('x')/data/item", "a b"],
)  # fmt: skip
def test_unknown_is_said(text: str) -> None:
    assert holds(text) is None


def test_deep_nesting_is_unknown_not_a_crash() -> None:
    assert holds("(" * 500 + "1" + ")" * 500) is None


@given(st.text(max_size=60))
def test_any_text_gives_an_answer_or_none(text: str) -> None:
    assert holds(text) in (True, False, None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [(". > (", "syntax"), ("wibble(.)", "function wibble"), ("selected(., 'wibble(')", ""), ("x" * 5000, "length"),
     ("jr:choice-name(/data/a, '/data/a')", "")],
)  # fmt: skip
def test_syntax_problem(text: str, fault: str) -> None:
    assert expressions.syntax_problem(text) == fault
