"""Typed text and record: headings by their marks, nothing lost on the way there and back."""

from hypothesis import given
from hypothesis import strategies as st

from duban.documents.body_text import read_annexes, read_text, write_annexes, write_text

LINES = st.lists(
    st.sampled_from(["一、要求", "（一）逐项整改", "1.限时", "（1）留痕", "正文一句。", "1.5公里处有一岗。", "附：说明", "二、" + "长" * 60]),
    max_size=12,
)  # fmt: skip


def test_marks_make_headings_and_long_or_decimal_lines_stay_text():
    paragraphs, sections = read_text("导语。\n一、要求\n（一）逐项\n甲。\n1.5公里处有一岗。\n")
    assert paragraphs == ["导语。"]
    assert [(one["heading"], one["level"], one["paragraphs"]) for one in sections] == [
        ("一、要求", 1, []),
        ("（一）逐项", 2, ["甲。", "1.5公里处有一岗。"]),
    ]


@given(LINES)
def test_text_typed_read_and_written_is_the_same(lines):
    assert write_text(*read_text("\n".join(lines))) == "\n".join(lines)


@given(st.lists(st.tuples(st.sampled_from(["名单", "说明"]), LINES), max_size=3))
def test_annexes_typed_read_and_written_are_the_same(annexes):
    text = "\n".join("\n".join([f"附件：{title}", *lines]) for title, lines in annexes)
    assert write_annexes(read_annexes(text)) == text
