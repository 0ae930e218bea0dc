"""What waits for those who watch the work and the system: leaders, auditors, administrators, and whoever imports."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from duban.campaigns.journal_review import events_to_review
from duban.kernel import backups
from duban.kernel.actor import OFFICE_ROLES, Role
from duban.kernel.bounded import bounded_count
from duban.kernel.errors import Text
from duban.people.policy import imports_visible_to
from duban.people.states import ImportState
from duban.reporting.todos import NAMES, Desk, Todo, collector, late_orders_of, names_of, units_of
from duban.teams.queries import areas_to_visit

BACKUP_AGE = timedelta(hours=24)


@collector({Role.LEADER})
def liaison_areas_to_visit(desk: Desk) -> Iterable[Todo]:
    for area, last in areas_to_visit(desk.actor, desk.campaign, desk.day):
        why = (
            _("上次%(month)s月%(day)s日") % {"month": last.month, "day": last.day} if last else _("尚未到过")
        )
        yield Todo(
            _("到联系地区督导"), area.name, why, _("登记"), "liaison:add_visit", query=f"?area={area.pk}",
        )  # fmt: skip


@collector({Role.LEADER})
def late_in_liaison_areas(desk: Desk) -> Iterable[Todo]:
    late = late_orders_of(desk)
    units, count = units_of(late)
    if units:
        yield Todo(
            _("过问联系地区逾期整改"), _("%(n)s份：%(names)s") % {"n": count, "names": names_of(units)}, _("已超过整改时限"),
            _("查看"), "orders:list", query="?view=overdue", due_at=desk.midnight, count=count,
        )  # fmt: skip


@collector({Role.AUDITOR})
def journal_to_review(desk: Desk) -> Iterable[Todo]:
    waiting = bounded_count(events_to_review(desk.actor, desk.at))
    if waiting:
        yield Todo(
            _("复核留痕"), _("%(n)s条") % {"n": waiting}, _("授权、抽取、启封、作废、导出等操作"), _("复核"), "journal:review",
            due_at=desk.midnight, count=waiting,
        )  # fmt: skip


@collector({Role.ADMIN})
def backup_to_make(desk: Desk) -> Iterable[Todo]:
    last = backups.last_made()
    if (last is None or desk.at - last >= BACKUP_AGE) and backups.in_hand(desk.at) is None:
        days = (desk.at - last).days if last else 0
        yield Todo(
            _("备份数据"), _("上次备份在%(n)s天前") % {"n": days} if last else _("还没有备份过"), "", _("备份"),
            "system:backups", due_at=desk.midnight,
        )  # fmt: skip


IMPORT_STEPS: dict[str, tuple[Text, Text]] = {
    ImportState.CHECKED: (gettext_noop("确认导入"), gettext_noop("查看")),
    ImportState.REFUSED: (gettext_noop("修改导入文件"), gettext_noop("查看")),
    ImportState.FAILED: (gettext_noop("重新导入"), gettext_noop("查看")),
}


@collector(OFFICE_ROLES | {Role.ADMIN})
def imports_to_finish(desk: Desk) -> Iterable[Todo]:
    rows = imports_visible_to(desk.actor).filter(user_id=desk.actor.user_id)
    for run in rows.filter(state__in=IMPORT_STEPS).order_by("-requested_at")[:NAMES]:
        act, button = IMPORT_STEPS[run.state]
        yield Todo(_(act), run.file_name, "", _(button), "imports:run", (run.pk,))
