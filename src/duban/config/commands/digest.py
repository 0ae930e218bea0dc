"""`duban digest --date D`: freeze (if due) and print the 16:00 summary of a day."""

import argparse
import json
from datetime import date
from typing import Any

from django.utils.translation import gettext as _


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("digest", parents=[shared], help=_("出某日 16:00 汇总"))
    command.add_argument("--date", metavar="D", required=True, help=_("日期，例如 2020-02-16"))
    command.add_argument("--campaign", metavar="CODE", help=_("专项编码，只有一个进行中的专项时可省略"))
    command.add_argument("--json", action="store_true", help=_("以 JSON 输出"))
    command.set_defaults(run=run)


def campaign_of(code: str | None) -> Any:
    """This function will return the campaign with that code, or the only running one.

    :raises NotFound: if there is none or more than one to choose from.
    """
    from duban.campaigns.models import Campaign
    from duban.campaigns.states import CampaignState
    from duban.kernel.errors import NotFound

    rows = (
        Campaign.objects.filter(code=code) if code else Campaign.objects.filter(state=CampaignState.RUNNING)
    )
    found = list(rows[:2])
    if len(found) != 1:
        raise NotFound("no_campaign", _("请用 --campaign 指定专项。"))
    return found[0]


def run(options: argparse.Namespace) -> int:
    """This function will print the frozen table of the day's newest edition, freezing it first if it is due."""
    from duban.config.database import prepare
    from duban.kernel import clock
    from duban.kernel.actor import SYSTEM
    from duban.kernel.errors import Invalid
    from duban.reporting import operations as reporting
    from duban.reporting.models import Edition

    try:
        day = date.fromisoformat(options.date)
    except ValueError:
        raise Invalid(
            "bad_date", _("日期写法不对：%(text)s。例如 2020-02-16。") % {"text": options.date}
        ) from None
    prepare()
    campaign = campaign_of(options.campaign)
    rows = Edition.objects.filter(campaign=campaign, day=day).order_by("-sequence")
    edition = rows.first() or reporting.freeze_edition(
        actor=SYSTEM, at=clock.now(), campaign_id=campaign.pk, day=day
    )
    cells = list(edition.cells.order_by("line_ordinal", "pk").values_list("line_title", "column", "value"))
    table: dict[str, dict[str, int]] = {}
    for title, column, value in cells:
        table.setdefault(title, {})[column] = value
    if options.json:
        shown = {
            "day": str(edition.day),
            "sequence": edition.sequence,
            "as_of": clock.local(edition.as_of).isoformat(),
        }
        print(json.dumps({**shown, "digest": edition.digest, "lines": table}, ensure_ascii=False))
        return 0
    print(_("%(day)s 汇总，截至 %(as_of)s，校验值 %(digest)s") % {
        "day": edition.day, "as_of": f"{clock.local(edition.as_of):%H:%M}", "digest": edition.digest[:16],
    })  # fmt: skip
    columns = list(next(iter(table.values()), {}))
    print("\t".join(["", *columns]))
    for title, values in table.items():
        print("\t".join([title, *(str(values[column]) for column in columns)]))
    return 0
