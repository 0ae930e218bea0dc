"""The parts as a reader sees them: words, links that keep the address, vendored files."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from duban.kernel import clock
from duban.web.templatetags import state_looks, time_words
from duban.web.templatetags.chart_rows import heat_step, table_of
from scripts import vendor_frontend

WEB = Path(time_words.__file__).resolve().parent.parent
NOON = datetime(2020, 2, 16, 15, 12, tzinfo=clock.zone())
MIDNIGHT = clock.end_of_day(NOON.date())


def shown(source: str, query: str = "", **context: object) -> str:
    """Render a template as a page with the query string `query` would, white space folded."""
    request = RequestFactory().get(f"/findings/?{query}")
    page = Template(source).render(Context({"request": request, "now": NOON, **context}))
    return re.sub(r"\s+", " ", page)


def words(page: str) -> str:
    """Return what a reader sees of a rendered part."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).strip()


def test_vendored_files_match_the_manifest():
    assert vendor_frontend.problems() == []


def test_every_icon_named_in_templates_and_looks_is_in_the_sprite():
    kept = set(
        re.findall(r'<symbol id="([\w-]+)"', (vendor_frontend.VENDOR / vendor_frontend.SPRITE).read_text())
    )
    named = {look.icon for look in state_looks.LOOKS.values()}
    for template in (WEB / "templates").rglob("*.html"):
        named |= set(re.findall(r'{% icon "([\w-]+)"', template.read_text()))
    assert named - kept == set()


def test_colour_values_stand_only_in_the_token_sheet():
    found = {
        sheet.name
        for sheet in (WEB / "static" / "duban").glob("*.css")
        if re.search(r"#[0-9a-fA-F]{3,8}\b(?![-\w])", sheet.read_text())
    }
    assert found == {"tokens.css"}


def test_templates_carry_no_inline_script_or_style():
    wrong = []
    for template in (WEB / "templates").rglob("*.html"):
        text = template.read_text()
        bare = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", text)
        if bare or re.search(r"\sstyle=|<style|\son\w+=\"", text):
            wrong.append(template.name)
    assert wrong == []


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two hex colours."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [
            part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted([light(one), light(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink-3", "ground"), ("ink-3", "stripe"), ("dai", "dai-soft"), ("paper", "dai"), ("zhu", "zhu-soft"),
        ("nav-group", "nav"), ("warn", "warn-soft"), ("blue", "blue-soft"), ("paper", "heat-4"),
        ("ink", "heat-3"), ("nav-link", "nav"),
        *[
            (f"state-{tone}", f"state-{tone}-fill")
            for tone in ("neutral", "sent", "working", "waiting", "done", "late")
        ],
    ],
)  # fmt: skip
def test_text_tokens_reach_aa_contrast(text, ground):
    tokens = dict(re.findall(r"--([\w-]+): (#\w{6});", (WEB / "static" / "duban" / "tokens.css").read_text()))
    assert contrast(tokens[text], tokens[ground]) >= 4.5


def test_state_tag_known_state_shows_icon_and_word():
    page = shown('{% state_tag "fed_back" %}')
    assert words(page) == "待核验"
    assert "#eye-check" in page


def test_state_tag_unknown_state_is_neutral_and_keeps_the_given_label():
    page = shown('{% state_tag "brand_new" "新状态" %}')
    assert words(page) == "新状态"
    assert "state-neutral" in page


def test_severity_accepts_code_or_level():
    assert words(shown('{% severity "prominent" %}')) == words(shown("{% severity 3 %}")) == "突出"


@pytest.mark.parametrize(
    ("due", "text", "urgency"),
    [
        (MIDNIGHT, "今日 24:00", "far"),
        (MIDNIGHT + timedelta(hours=12), "明日 12:00", "far"),
        (MIDNIGHT + timedelta(days=3), "2-19 24:00", "far"),
        (NOON + timedelta(minutes=48), "还剩 48 分", "near"),
        (NOON + timedelta(minutes=118, seconds=30), "还剩 1 时 59 分", "near"),
        (NOON, "逾期 1 分", "late"),
        (NOON - timedelta(hours=3), "逾期 3 时 0 分", "late"),
        (MIDNIGHT - timedelta(days=2), "逾期 2 日", "late"),
    ],
)
def test_deadline_words(due, text, urgency):
    assert time_words.limit(due, NOON)[::2] == (text, urgency)


def test_deadline_always_carries_the_absolute_time():
    assert "2020年2月16日 24:00" in shown("{% deadline due %}", due=MIDNIGHT)


def test_deadline_paused_or_closed_raises_no_alarm():
    due = MIDNIGHT - timedelta(days=5)
    assert "暂停计时" in words(shown('{% deadline due state="disputed" %}', due=due))
    assert "逾期" not in words(shown('{% deadline due state="written_off" %}', due=due))


def test_deadline_without_limit_is_a_dash():
    assert words(shown("{% deadline due %}", due=None)) == "—"


def test_daytime_is_as_short_as_clear():
    page = "{{ a|daytime:now }}|{{ b|daytime:now }}|{{ c|daytime:now }}|{{ d|daytime:now }}"
    seen = shown(page, a=NOON, b=NOON - timedelta(days=2), c=NOON - timedelta(days=60), d=None)
    assert seen == "15:12|2-14 15:12|2019-12-18 15:12|—"


def test_figure_links_its_number_and_prints_zero():
    page = shown('{% figure "逾期" 0 "份" "" "/orders/?view=overdue" True %}')
    assert '<a class="figure-number figure-late" href="/orders/?view=overdue">0</a>' in page


def test_pager_keeps_the_filter():
    page = shown("{% pager page %}", query="area=3&page=2", page=Paginator(range(52), 13).page(2))
    assert "第 2 / 4 页" in words(page)
    assert 'href="?area=3&amp;page=3"' in page


def test_table_head_turns_the_order_round_and_returns_to_the_first_page():
    columns = [{"label": "时限", "key": "due"}, {"label": "事实"}]
    page = shown('{% table_head columns sort="due" %}', query="sort=due&page=3&area=1", columns=columns)
    assert 'aria-sort="ascending"' in page
    assert 'href="?sort=-due&amp;area=1"' in page


class Search(forms.Form):
    q = forms.CharField(label="编号", required=False)
    area = forms.ChoiceField(label="区域", required=False, choices=[("", "---------"), ("1", "甲镇")])


def test_filter_bar_shows_a_chip_per_set_field_and_names_the_empty_choice():
    form = Search({"area": "1"})
    page = shown("{% filter_bar form found=0 %}", query="view=open&area=1&page=4", form=form)
    assert '<a class="chip" href="?view=open">区域 甲镇' in page
    assert '<option value="">区域</option>' in page
    assert '<input type="hidden" name="view" value="open">' in page
    assert "符合 0 个" in page


class Reply(forms.Form):
    fact = forms.CharField(label="事实", help_text="只写单位和岗位")
    level = forms.ChoiceField(label="程度", choices=[("1", "苗头")], widget=forms.RadioSelect)


def test_field_error_stands_above_the_input_and_is_announced_with_it():
    page = shown("{% field form.fact %}", form=Reply({"level": "1"}))
    assert page.index("field-error") < page.index("<input")
    described = re.search(r'<input[^>]*aria-describedby="([^"]+)"', page)[1].split()
    assert set(described) == {"id_fact_helptext", "id_fact_error"}
    assert all(f'id="{name}"' in page for name in described)


def test_field_choices_are_a_fieldset_with_a_legend():
    page = shown('{% field form.level look="segments" %}', form=Reply())
    assert "<fieldset" in page
    assert "程度" in re.search(r"<legend.*?</legend>", page)[0]


def test_error_summary_counts_and_links_every_error():
    form = Reply({})
    page = shown("{% error_summary form %}", form=form)
    assert "有 2 处要改，内容都还在" in page
    assert 'href="#id_fact"' in page
    assert shown("{% error_summary form %}", form=Reply()).strip() == ""


def test_confirm_dialog_starts_on_the_safe_button_and_asks_for_a_reason():
    page = shown(
        '{% confirm_dialog "void" "作废？" "记录保留。" "作废 310号" danger=True reason_required=True %}'
    )
    assert re.search(r"<button[^>]*autofocus[^>]*>保留</button>", page)
    assert 'name="reason" rows="2" required' in page


def test_chart_stands_as_a_table_without_scripts():
    payload = {
        "head": "日",
        "categories": ["2/15", "2/16"],
        "series": [{"name": "发现", "values": [17, None]}],
    }
    assert [row["cells"][0]["value"] for row in table_of(payload)["rows"]] == [17, "—"]
    page = shown('{% chart "daily" "bars" payload "每日发现" %}', payload=payload)
    assert '<td class="num">17</td>' in page
    assert not re.search(r'id="daily-table"[^>]*hidden', page)


@pytest.mark.parametrize(
    ("value", "step"), [(0, 0), (0.4, 1), (49, 1), (50, 2), (70, 3), (99.9, 4), (100, 5), (None, "none")]
)
def test_heat_step_boundaries(value, step):
    assert heat_step(value) == step


def test_day_rail_marks_the_next_cut_off_with_the_remaining_time():
    marks = [
        {"at": NOON - timedelta(hours=1), "label": "催报"},
        {"at": NOON + timedelta(minutes=48), "label": "截数"},
    ]
    page = shown("{% day_rail marks %}", marks=marks)
    assert "现在 15:12" in words(page)
    assert "还剩 48 分" in words(page)


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "409.html", "410.html", "500.html"])
def test_error_pages_need_no_context(name):
    page = render_to_string(name)
    assert '<html lang="zh-Hans-CN">' in page
    assert "<h1" in page
