"""A whole day over HTTP on the real tree of one county: from `duban campaign new` to the bulletin read back from Word.

The tree holds names and codes only (county/SOURCE.md). What is found there is made up, marked （测试）, and lives nowhere
but in this test.
"""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from duban.config.cli import main
from duban.territory.models import Unit
from tests.e2e.walker import Walker
from tests.inspection.acts import photo
from tests.world import at

DAY = date(2025, 3, 11)
TREE = Path(__file__).parent / "county"
FACT = "（测试）9时10分现场查看，值班岗位无人在岗，当日排班表为1人。"


class Day:
    """The command's result, the clock, and who has signed in."""

    def __init__(self, clock_at: Any, capsys: Any) -> None:
        self.clock_at, self.capsys = clock_at, capsys
        self.people: dict[str, Walker] = {}
        self.passwords: dict[str, str] = {}

    def clock(self, moment: str) -> None:
        self.clock_at(at(moment, DAY))

    def run(self, *words: Any) -> str:
        assert main([str(word) for word in words]) == 0, self.capsys.readouterr().err
        return str(self.capsys.readouterr().out)

    def tick(self, moment: str) -> dict[str, int]:
        self.clock(moment)
        return dict(json.loads(self.run("tick", "--at", f"{DAY}T{moment}", "--json"))["done"])

    def found(self, name: str) -> Walker:
        """The open session of an account; the first time it signs in, changes the password and declares."""
        if name not in self.people:
            self.people[name] = self._first_sign_in(name)
        return self.people[name]

    def _first_sign_in(self, name: str) -> Walker:
        one = Walker().open("/account/login/")
        one.press("登录", login=name, password=self.passwords[name])
        assert one.at == "/account/password/change/" and "请先换成只有您知道的口令" in one.text
        new = f"xin-kouling-{name}"
        given = {"oldpassword": self.passwords[name], "password1": new, "password2": new}
        if name == "office":
            same = given | dict.fromkeys(("password1", "password2"), self.passwords[name])
            assert "新口令不能与原口令相同" in one.press("修改密码", is_refused=True, **same).text
            assert one.open("/findings/").at == "/account/password/change/"
        one.press("修改密码", **given)
        if name.startswith("team"):
            assert one.at == "/recusal/"
            one.press("申报回避情况", has_units=one.choice("has_units", "没有"), confirmed="on")
        assert one.at == "/" and "今日" in one.text
        return one


def pdf(answer: Any) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)


def word(answer: Any) -> str:
    paper = docx.Document(io.BytesIO(answer.content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in paper.paragraphs), *cells])


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_whole_day_of_a_county_from_the_division_list_to_the_bulletin(
    db: None, clock_at: Any, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # checklists are checked here without Java; tests/packs does it with
    monkeypatch.setenv("DUBAN_LANGUAGE", "zh")
    day = Day(clock_at, capsys)
    set_up(day)
    key_points(day)
    draw(day)
    site = depart_and_reveal(day)
    visit_with_finding(day, site)
    order = confirm_and_issue(day)
    answer_by_link(day, order)
    verify(day)
    sheets(day)
    edition(day)
    bulletin(day)
    order_papers(day, order)
    assert day.run("journal", "verify")


def set_up(day: Day) -> None:
    day.clock("07:30")
    made = json.loads(day.run("campaign", "new", "--pack", "epidemic-control", "--division", "360482", "--divisions", TREE,
                              "--starts-on", DAY, "--json"))  # fmt: skip
    assert (made["townships"], made["villages"], made["sites"], made["teams"]) == (6, 69, 75, 6)
    with Path(made["logins"]).open(encoding="utf-8-sig") as rows:
        day.passwords = {row["用户名"]: row["初始口令"] for row in csv.DictReader(rows)}
    assert len(day.passwords) == made["accounts"]
    known = {
        row["code"]: row["name"] for row in csv.DictReader((TREE / "villages.csv").open(encoding="utf-8"))
    }
    assert dict(Unit.objects.filter(kind="village").values_list("code", "name")) == known


def key_points(day: Day) -> None:
    office, head = day.found("office"), day.found("head")
    office.open("/key-points/").press("起草当日要点")
    sheet = office.at
    office.press("增加要点", text="（测试）对照值班安排查看岗位在岗情况")
    day.clock("07:40")
    head.open(sheet).press("批准要点")
    office.open(sheet).press("下发各组")
    assert "（测试）对照值班安排查看岗位在岗情况" in day.found("team01-member").open("/key-points/").text


def draw(day: Day) -> None:
    day.clock("07:50")
    office = day.found("office").open("/teams/draws/add/")
    teams = [one.get("value") for one in office.tree.xpath("//input[@name='teams']")]
    assert len(teams) == 6
    office.press("登记承诺值", teams=teams, quota="3", first="08:30", every="10")
    office.press("现在抽取")
    board = office.open(f"/teams/dispatches/?day={DAY}").text
    assert "第1督导组" in board and "第6督导组" in board


def depart_and_reveal(day: Day) -> str:
    """Sealed until departure, then opened on the spot by the team; returns the name of the first place."""
    day.clock("08:30")
    team = day.found("team01-member").open("/")
    team.follow("查看派出")
    names = [row["name"] for row in csv.DictReader((TREE / "villages.csv").open(encoding="utf-8"))]
    office = next(row["name"] for row in csv.DictReader((TREE / "streets.csv").open(encoding="utf-8")))
    places = [*names, f"{office}办事处机关"]
    assert "未启封" in team.text and not any(name in team.text for name in places)
    team.press("登记出发")
    day.clock("08:55")
    team.press("启封")
    seen = [name for name in places if name in team.text]
    assert len(seen) == 1
    return seen[0]


def visit_with_finding(day: Day, site: str) -> None:
    day.clock("09:05")
    team = day.found("team01-member").open("/").follow("查看派出").follow("开始检查")
    team.press("登记检查", mode=team.choice("mode", "明察"), arrived_at=f"{DAY}T09:00")
    visit = team.at.removesuffix("answers/")
    team.open(f"{visit}answers/")
    fieldsets = team.tree.xpath("//fieldset[.//input[@type='radio' and starts-with(@name,'q-')]]")
    marked = [one for one in fieldsets if one.xpath(".//span[@class='field-mark']")]
    answers = {one.xpath(".//input/@name")[0]: one.xpath(".//input/@value")[0] for one in marked}
    assert answers
    team.press("存好，去提交", **answers)
    team.open(visit).follow("登记问题")
    day.clock("09:20")
    team.press(
        "登记问题", fact=FACT, category=team.tree.xpath("//select[@name='category']/option[@value!='']/@value")[0],
        line=team.tree.xpath("//input[@name='line']/@value")[0], severity=team.choice("severity", "一般"),
        found_at=f"{DAY}T09:10", photos_before=SimpleUploadedFile("1.jpg", photo(), "image/jpeg"),
    )  # fmt: skip
    day.clock("09:40")
    team.open(f"{visit}submit/").press(
        "提交检查记录", left_at=f"{DAY}T09:35", accompanied_count="1", accompanied_post="值班岗", unit_opinion="无异议",
        signature=team.choice("signature", "已签字"),
    )  # fmt: skip
    assert site in team.open(visit).text


def confirm_and_issue(day: Day) -> str:
    """Confirmed and drafted by the office, signed by the head; returns the order's address."""
    day.clock("10:00")
    office = day.found("office").open("/findings/").follow("0001")
    assert office.tree.xpath("//img[contains(@src,'/findings/photos/')]")
    office.press("确认问题")
    office.open("/orders/new/")
    boxes = office.tree.xpath("//input[@name='findings']/@value")
    office.press("拟出交办单", findings=boxes, basis="（测试）工作方案第五条")
    return office.at


def answer_by_link(day: Day, order: str) -> None:
    """The unit has no account here: it has the link on the order, and nothing else."""
    day.clock("10:10")
    head = day.found("head").open(order).press("签发交办单")
    link = head.tree.get_element_by_id("address").get("value")
    path = "/u/" + link.split("/u/", 1)[1]
    day.clock("10:30")
    unit = Walker().open(path)
    assert FACT in unit.text
    unit.press("签收交办单")
    day.clock("11:30")
    item = unit.tree.xpath("//textarea[starts-with(@name,'measures-')]/@name")[0].removeprefix("measures-")
    unit.press("提交反馈", **{
        "outcome": unit.choice("outcome", "已"), f"measures-{item}": "（测试）11时起增派1人在岗。", "moment": f"{DAY}T11:00",
        f"photos-{item}": SimpleUploadedFile("2.jpg", photo(colour="blue"), "image/jpeg"), "agreed": "on",
    })  # fmt: skip
    assert "提交反馈" not in unit.buttons()


def verify(day: Day) -> None:
    """Not by who found it: the head of the team looks at the place and writes the finding off."""
    day.clock("14:00")
    head = day.found("team01-head").open("/verifications/")
    finding = head.tree.xpath(
        "//a[starts-with(@href,'/verifications/') and string-length(@href) > 40]/@href"
    )[0]
    head.open(finding).press(
        "提交核验", outcome=head.choice("outcome", "通过"), method=head.choice("method", "现场"), opinion="（测试）现场查看，1人在岗。"
    )  # fmt: skip
    assert "已销号" in day.found("office").open("/findings/?view=all").text


def sheets(day: Day) -> None:
    day.clock("15:30")
    team = day.found("team01-head").open("/visits/sheets/").follow("第1督导组")
    team.press("报送日报", typical_problems="（测试）值班岗位无人在岗1处，已改。")
    assert day.tick("16:01")["inspection.lock_sheets"] >= 1
    assert "补报" in team.open(team.at).text


def edition(day: Day) -> None:
    """Frozen by the tick at the cut-off; checked, reviewed, signed, sent, received; the papers say the same."""
    office = day.found("office").open("/summaries/").follow("3月11日")
    shown = office.at
    for who, label in (
        ("office", "核稿通过，送审核"),
        ("head", "审核通过，送签发"),
        ("head", "签发汇总"),
        ("office", "报送指挥部"),
    ):
        day.found(who).open(shown).press(label)
    day.tick("16:20")
    day.found("headquarters").open("/documents/").press("签收")
    assert "已回执" in office.open(shown).text
    read_back(office, "茶山街道", "泽泉乡", "指挥部")


def bulletin(day: Day) -> None:
    day.clock("17:00")
    office = day.found("office").open(f"/bulletins/new/?day={DAY}")
    office.press("起草通报", findings=office.tree.xpath("//input[@name='findings']/@value"))
    office.press("送审通报")
    day.found("head").open(office.at).press("审定并印发")
    day.tick("17:05")
    read_back(office.open(office.at), "茶山街道", "督导通报第1期", FACT)


def order_papers(day: Day, order: str) -> None:
    day.clock("17:10")
    office = day.found("office").open(order)
    papers = [
        one.get("href") for one in office.tree.iter("a") if one.get("href", "").startswith("/documents/0")
    ]
    read_back(office.open(papers[0]), "茶山街道办事处", FACT)


def read_back(reader: Walker, *words: str) -> None:
    """Download PDF and Word from the page the reader is on, and find the words in both."""
    hrefs = [one.get("href") for one in reader.tree.iter("a") if "/file." in one.get("href", "")]
    for suffix, read in (("pdf", pdf), ("docx", word)):
        href = next((one for one in hrefs if one.endswith(suffix)), None)
        assert href, (reader.at, suffix, hrefs)
        text = squeezed(read(reader.get(href)))
        for one in words:
            assert squeezed(one) in text, (reader.at, suffix, one, text[:600])
