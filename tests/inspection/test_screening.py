"""Screening of private numbers in free text (G-3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duban.inspection import screening
from duban.kernel.errors import Invalid

HITS = [
    ("登记 11010519491231002X 一条", "id_card", "11010519491231002X"),
    ("登记 110105 19491231 002X 一条", "id_card", "110105 19491231 002X"),
    ("证件号１１０１０５１９４９１２３１００２Ｘ", "id_card", "１１０１０５１９４９１２３１００２Ｘ"),
    ("老证 110105491231002", "id_card", "110105491231002"),
    ("联系13800138000。", "mobile", "13800138000"),
    ("联系 +86 138-0013-8000", "mobile", "+86 138-0013-8000"),
    ("卡号 6222 0212 3456 7890 128", "bank_card", "6222 0212 3456 7890 128"),
    ("卡号4111111111111111", "bank_card", "4111111111111111"),
    ("车牌辽A12345", "plate", "辽A12345"),
    ("新能源京AD12345停放", "plate", "京AD12345"),
    ("苏E·88888", "plate", "苏E·88888"),
]
CLEAN = [
    "9:10 西卡口无人值守，排班表为 2 人在岗。",
    "2020年2月16日 14:20 至 14:45 查看登记表 120 行",
    "交办单〔2020〕12号，总第 20200216 期",
    "110105194912310021",  # wrong check digit
    "值班电话 0435-3332211",
    "批号 1234567890123456",  # wrong Luhn digit
    "物资编码 12345678901234567890",
    "冷库 A12345 号门",
    "",
]


@pytest.mark.parametrize(("text", "kind", "piece"), HITS)
def test_private_number_is_found_and_masked(text, kind, piece):
    (hit,) = screening.find(text)
    assert (hit.kind, text[hit.start : hit.end]) == (kind, piece)
    assert screening.mask(text) == text.replace(piece, "*" * len(piece))


@pytest.mark.parametrize("text", CLEAN)
def test_plain_office_text_is_clean(text):
    assert screening.find(text) == []
    assert screening.mask(text) == text


def test_several_numbers_are_named_with_their_places():
    with pytest.raises(Invalid) as caught:
        screening.require_clean({"fact": "甲13800138000乙辽A12345", "note": "无"})
    message = caught.value.fields["fact"]
    assert set(caught.value.fields) == {"fact"}
    assert "第2至12字疑似手机号" in message
    assert "第14至20字疑似车牌号" in message
    assert "甲***********乙*******" in message


def test_reason_keeps_the_text():
    hits = screening.require_clean({"fact": "联系13800138000"}, override="单位值班手机")
    assert [(name, hit.kind) for name, hit in hits] == [("fact", "mobile")]


@given(st.text(max_size=200))
def test_masked_text_is_clean_and_as_long(text):
    masked = screening.mask(text)
    assert len(masked) == len(text)
    assert screening.find(masked) == []
