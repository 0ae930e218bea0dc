"""Numbered levels, printed dates, broken titles, annexes."""

from duban.documents.composition import break_title, compose, heading_number
from duban.documents.kinds import kind_of
from duban.documents.vocabulary import printed_date, printed_moment


def test_levels_are_numbered_as_the_standard_says():
    assert [heading_number(level, 2) for level in (1, 2, 3, 4)] == ["二、", "（二）", "2.", "（2）"]
    assert [heading_number(1, index) for index in (10, 11, 20, 23)] == [
        "十、",
        "十一、",
        "二十、",
        "二十三、",
    ]


def test_heading_that_carries_its_number_keeps_it():
    record = kind_of("notice").sample() | {"sections": [{"heading": "三、已编号"}, {"heading": "未编号"}]}
    assert [block["text"] for block in compose("notice", record)["body"][1:]] == ["三、已编号", "二、未编号"]


def test_dates_are_printed_without_padding():
    assert printed_date("2020-02-06") == "2020年2月6日"
    assert printed_moment("2020-02-06 16:00") == "2020年2月6日16时"
    assert printed_moment("2020-02-06T11:02:00+08:00") == "2020年2月6日11时02分"
    assert printed_moment("2020-02-06 24:00") == "2020年2月6日24时"


def test_long_title_is_broken_into_even_lines_and_loses_nothing():
    title = "关于进一步做好专项监督期间督导发现问题整改核验和销号工作有关事项的通知"
    lines = break_title(title)
    assert "".join(lines) == title
    assert len(lines) == 2
    assert all(len(line) <= 20 for line in lines)
    assert not lines[1].startswith("的")


def test_newline_in_a_title_decides():
    assert break_title("关于某事\n的通知") == ["关于某事", "的通知"]


def test_single_annex_has_no_ordinal_and_several_have():
    one = compose("bulletin", kind_of("bulletin").sample())["annexes"]
    two = compose("notice", kind_of("notice").sample())["annexes"]
    assert [annex["label"] for annex in one] == ["附件"]
    assert [annex["label"] for annex in two] == ["附件1", "附件2"]
