"""Importing what people report from an office table: places, matters and numbers; a line that points at a person is refused.

The hotline sends the same list again and again. A line is known by place, channel, matter and days: brought in again, it
corrects number and answer instead of counting twice.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.campaigns.models import Campaign, Category
from duban.campaigns.policy import campaigns_visible_to
from duban.campaigns.states import CampaignState
from duban.kernel import journal
from duban.kernel.actor import Actor
from duban.kernel.clock import local_day
from duban.kernel.errors import Denied
from duban.kernel.import_plans import Plan, Progress, batches, whole_unless_dry, write_rows
from duban.kernel.policy import require
from duban.kernel.tables import Column, Reader, read_table
from duban.sites.models import Site
from duban.sites.policy import sites_visible_to
from duban.territory.models import Unit
from duban.territory.policy import units_visible_to
from duban.topics import policy
from duban.topics.checks import check_values
from duban.topics.models import Channel, Topic

COLUMNS = (
    Column("area", gettext_lazy("地区或单位编码"), ("地区编码", "单位编码", "区划编码"), True, 40),
    Column("site", gettext_lazy("点位编码"), ("点位",), False, 60),
    Column("channel", gettext_lazy("渠道"), ("来源", "来源渠道"), True, 20, gettext_lazy("见“渠道”表")),
    Column("subject", gettext_lazy("事项"), ("反映事项",), True, 60, gettext_lazy("几个字，不写任何人")),
    Column("count", gettext_lazy("件数"), ("数量",), True, 10),
    Column("starts_on", gettext_lazy("自"), ("开始日期", "日期"), True, 20),
    Column("ends_on", gettext_lazy("至"), ("结束日期",), False, 20, gettext_lazy("空着为同一日")),
    Column("category", gettext_lazy("类别"), ("问题类别",), False, 60, gettext_lazy("见“类别”表")),
    Column("answer", gettext_lazy("办理情况"), ("办理结果",), False, 200),
    Column("campaign", gettext_lazy("专项编码"), ("专项",), False, 40, gettext_lazy("只有一个在办专项时可空")),
)  # fmt: skip
WRITTEN = ("count", "answer", "category")
TITLES = {column.name: column.title for column in COLUMNS}
Key = tuple[Any, ...]


@whole_unless_dry
def import_topics(
    *,
    actor: Actor,
    at: datetime,
    content: bytes,
    file_name: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """This function will add and correct topics from a .xlsx or .csv file; `dry_run` only reports.

    :raises Invalid: if the file cannot be read, or (not in a dry run) if any line is wrong: nothing is written then.
    """
    require(policy.can_import_topics(actor))
    if actor.user_id is None:
        raise Denied()
    table = read_table(content, file_name, COLUMNS, progress if dry_run else None)
    plan = Plan.of("topics", file_name, table)
    new, changed = _Sorting(actor, actor.user_id, at, plan).run(
        [Reader(line, COLUMNS, plan.faults) for line in table.lines]
    )
    plan.settle()
    if dry_run:
        return plan
    plan.require_sound()
    write_rows(Topic, new, changed, WRITTEN, progress)
    for campaign in {row.campaign for row in [*new, *changed]}:
        journal.record(
            "topics.imported", actor=actor, at=at, subject=campaign, label=plan.label, detail=plan.detail()
        )
    plan.written = True
    return plan


class _Sorting:
    """Sorts lines into new, changed, unchanged and wrong."""

    def __init__(self, actor: Actor, person_id: UUID, at: datetime, plan: Plan) -> None:
        self.actor, self.person_id, self.at, self.plan = actor, person_id, at, plan
        rows = campaigns_visible_to(actor).filter(state=CampaignState.RUNNING)
        self.campaigns = {one.code: one for one in rows if policy.can_keep_topics(actor, one)}
        self.channels = {str(label): value for value, label in Channel.choices} | {
            one: one for one in Channel.values
        }
        self.categories = {(one.pack, one.title): one for one in Category.objects.all()}
        self.known = {_key(row): row for row in policy.topics_visible_to(actor).filter(withdrawn_at=None)}

    def run(self, readers: list[Reader]) -> tuple[list[Topic], list[Topic]]:
        units = self._found(units_visible_to(self.actor), readers, "area")
        sites = self._found(sites_visible_to(self.actor), readers, "site")
        new: list[Topic] = []
        changed: list[Topic] = []
        seen: dict[Key, int] = {}
        for reader in readers:
            topic = self._topic(reader, units, sites)
            if topic is None:
                continue
            key = _key(topic)
            if key in seen:
                reader.fault("subject", _("与第 %(row)s 行是同一条。") % {"row": seen[key]})
                continue
            seen[key] = reader.line.number
            self._sort(reader, topic, self.known.get(key), new, changed)
        return new, changed

    def _sort(
        self, reader: Reader, topic: Topic, known: Topic | None, new: list[Topic], changed: list[Topic]
    ) -> None:
        row, name = reader.line.number, topic.subject
        if known is None:
            self.plan.add(row, topic.area.code, name, None)
            new.append(topic)
            return
        given = [one for one in WRITTEN if reader.has(one)]
        differences = {
            str(TITLES[one]): (_shown(getattr(known, one)), _shown(getattr(topic, one)))
            for one in given
            if getattr(known, one) != getattr(topic, one)
        }
        self.plan.add(row, topic.area.code, name, differences)
        if differences:
            for one in given:
                setattr(known, one, getattr(topic, one))
            changed.append(known)

    def _topic(self, reader: Reader, units: dict[str, Unit], sites: dict[str, Site]) -> Topic | None:
        """Return the topic of a line, or None when something in it is wrong."""
        before = len(self.plan.faults)
        campaign = self._campaign(reader)
        area, site = units.get(reader.code("area")), sites.get(reader.code("site"))
        if reader.code("area") and (area is None or not _is_inside(area.path, campaign)):
            reader.fault("area", _("专项范围内没有这个编码的地区或单位。"))
        elif reader.code("site") and area and not (site and site.area_path.startswith(area.path)):
            reader.fault("site", _("点位不在这个地区内。"))
        channel = reader.choice("channel", self.channels)
        starts_on = reader.day("starts_on")
        ends_on = reader.day("ends_on") if reader.text("ends_on") else starts_on
        values = {
            "subject": reader.text("subject"), "answer": reader.text("answer"), "count": reader.whole("count"),
            "starts_on": starts_on, "ends_on": ends_on,
        }  # fmt: skip
        if starts_on and ends_on:
            for name, text in check_values(values, local_day(self.at)).items():
                reader.fault(name, text)
        category = self._category(reader, campaign)
        if len(self.plan.faults) > before or campaign is None or area is None or not (starts_on and ends_on):
            return None
        return Topic(
            campaign=campaign, area=area, site=site, area_path=site.area_path if site else area.path, channel=channel,
            category=category, entered_by_id=self.person_id, created_at=self.at, **values,
        )  # fmt: skip

    def _campaign(self, reader: Reader) -> Campaign | None:
        code = reader.code("campaign")
        if not code and len(self.campaigns) == 1:
            return next(iter(self.campaigns.values()))
        if code not in self.campaigns:
            reader.fault(
                "campaign", _("没有这个编码的在办专项。") if code else _("有几个在办专项，请写专项编码。")
            )
        return self.campaigns.get(code)

    def _category(self, reader: Reader, campaign: Campaign | None) -> Category | None:
        text = reader.text("category")
        found = self.categories.get((campaign.pack, text)) if campaign and text else None
        if campaign and text and found is None:
            reader.fault("category", _("没有“%(value)s”这一项，请从模板说明里选。") % {"value": text})
        return found

    def _found(self, rows: Any, readers: list[Reader], name: str) -> dict[str, Any]:
        codes = sorted({reader.code(name) for reader in readers} - {""})
        found: dict[str, Any] = {}
        for part in batches(codes, None, done=0, total=0):
            found |= {row.code: row for row in rows.filter(code__in=part)}
        return found


def _is_inside(path: str, campaign: Campaign | None) -> bool:
    return campaign is not None and path.startswith(campaign.area_path)


def _key(topic: Topic) -> tuple[Any, Any, Any, str, str, date, date]:
    return (
        topic.campaign_id, topic.area_id, topic.site_id, topic.channel, topic.subject, topic.starts_on, topic.ends_on
    )  # fmt: skip


def _shown(value: Any) -> Any:
    return value.title if isinstance(value, Category) else value


def template_notes() -> list[tuple[str, list[str]]]:
    """Return the word lists printed beside the template: channels and categories."""
    categories = Category.objects.order_by("pack", "title")
    return [
        (_("渠道"), [str(label) for label in Channel.labels]),
        (_("类别"), sorted({one.title for one in categories})),
    ]
