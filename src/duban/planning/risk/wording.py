"""How a reason reads: its title from the table, and one sentence of what it rests on."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from duban.campaigns.risk_lines import TITLES
from duban.planning.risk.scores import Reason
from duban.planning.risk.table import Table


def title(code: str, table: Table) -> str:
    """Return the title of a reason as its table words it, in the reader's language."""
    line: Mapping[str, Any] = next((one for one in table.lines if one["code"] == code), {})
    is_english = (get_language() or "").startswith("en")
    return (line.get("title_en") if is_english else line.get("title")) or str(TITLES[code])


def sentence(reason: Reason) -> str:
    """Return what the points of a reason rest on."""
    facts = dict(reason.facts)
    match reason.code:
        case "own_record":
            return _("已确认问题 %(count)d 个，按轻重计分，随时间减半") % facts
        case "open_findings":
            return _("尚未销号的问题 %(count)d 个") % facts
        case "overdue_findings":
            return _("其中逾期 %(count)d 个") % facts
        case "since_visit" if facts["days"] is None:
            return _("还没有检查过")
        case "since_visit":
            return ngettext("距上次检查 %(days)d 天", "距上次检查 %(days)d 天", facts["days"]) % facts
        case "type_rate" | "area_rate":
            facts |= {"rate": f"{facts['rate']:.2f}", "mean": f"{facts['mean']:.2f}"}
            return (
                _("%(title)s检查 %(visits)d 次、问题 %(findings)d 个，折合每次 %(rate)s 个，平均 %(mean)s 个")
                % facts
            )
        case "topics":
            return _("近期群众反映 %(count)d 件") % facts
        case "area_grade":
            return facts["title"]
        case _:
            return _("当日要点有 %(count)d 条涉及这里") % facts
