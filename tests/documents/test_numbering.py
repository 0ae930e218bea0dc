"""Document numbers as text."""

import pytest

from duban.documents.numbering import check_number, format_number


def test_number_is_written_from_its_pattern():
    assert format_number("示督交〔{year}〕{serial}号", 2020, 12) == "示督交〔2020〕12号"


@pytest.mark.parametrize(
    "pattern, year, serial", [("示督交{serial}号", 2020, 1), ("甲〔{year}〕{serial}号", 2020, 0)]
)
def test_number_that_cannot_be_printed_is_refused(pattern, year, serial):
    with pytest.raises(ValueError):
        format_number(pattern, year, serial)


def test_well_formed_number_is_accepted():
    assert check_number("示督交〔2020〕303号")


@pytest.mark.parametrize(
    "text",
    [
        "示督交[2020]3号",
        "示督交（2020）3号",
        "示督交〔2020〕第3号",
        "示督交〔2020〕03号",
        "示督交〔20〕3号",
        "〔2020〕3号",
        "",
    ],
)
def test_malformed_number_is_found(text):
    assert not check_number(text)
