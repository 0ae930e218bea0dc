"""An impossible demand on a draw as a sentence: which constraint cannot hold, and by how much."""

from django.utils.translation import gettext as _

from duban.kernel.errors import Invalid
from duban.planning.drawing.refusals import Infeasible


def _texts() -> dict[str, str]:
    return {
        "teams": _("没有可派的组，或各组当日点位数为 0。"),
        "sites": _("片区内没有可抽的点位。"),
        "quota": _(
            "%(subject)s要抽 %(needed)s 处，按片区、回避和专家条件只抽得出 %(available)s 处，差 %(short)s 处。"
        ),
        "capacity": _(
            "必到点位 %(needed)s 处只能由 %(subject)s 去，当日容量 %(available)s 处，差 %(short)s 处。"
        ),
        "recusal": _("必到点位“%(subject)s”：片区内各组都有人申报回避，差 1 个可去的组。"),
        "expert": _("必到点位“%(subject)s”须有专家，片区内各组都没有专家，差 1 个可去的组。"),
        "sector": _("必到点位“%(subject)s”不在所选各组片区内，差 1 个可去的组。"),
        "excluded": _("点位“%(subject)s”须去 %(needed)s 次，但每个组都不能去，差 1 个可去的组。"),
        "visits_range": _("点位“%(subject)s”至少要去 %(needed)s 次，最多只许 %(available)s 次，差 %(short)s 次。"),
        "days": _("点位“%(subject)s”须去 %(needed)s 次，每天至多一次，只有 %(available)s 天，差 %(short)s 天。"),
        "rotation": _(
            "点位“%(subject)s”须去 %(needed)s 次且每次换组，能去的组只有 %(available)s 个，差 %(short)s 个。"
        ),
        "coverage": _("全覆盖须到 %(needed)s 处次，各组容量合计 %(available)s 处次，差 %(short)s 处次。"),
        "teams_full": _(
            "%(needed)s 处次只能由 %(subject)s 去，容量合计 %(available)s 处次，差 %(short)s 处次。"
        ),
        "due_full": _(
            "当日必到的 %(needed)s 处只能由 %(subject)s 去，当日容量 %(available)s 处，差 %(short)s 处。"
        ),
        "cap": _(
            "点位“%(subject)s”平均每天须有 %(needed)s 的机会才到得够，单日机会上限为 %(available)s，上限低了 %(short)s。"
        ),
        "cap_coverage": _(
            "单日机会上限 %(subject)s 之下，须到 %(needed)s 处次，只排得下 %(available)s 处次，差 %(short)s 处次。"
        ),
        "shape": _(
            "单日机会上限 %(subject)s 与各组逐日容量之下，应排 %(needed)s 处次，只排得下 %(available)s 处次，差 %(short)s 处次。"
        ),
        "seats": _("抽中的 %(needed)s 处按回避和专家条件分不进各组容量 %(available)s 处。"),
        "rotation_full": _("按换组要求，有 %(needed)s 处次只能由去过的组再去，组数或容量不够轮换，多出 %(short)s 处次。"),
    }  # fmt: skip


def sentence(error: Infeasible) -> str:
    """This function will return the sentence for an impossible demand."""
    facts = {
        "subject": error.subject,
        "needed": _plain(error.needed),
        "available": _plain(error.available),
        "short": _plain(error.short_by),
    }
    return _texts()[error.constraint] % facts


def explain(error: Infeasible) -> Invalid:
    """This function will turn an impossible demand into a refusal that says which constraint, and by how much."""
    text = sentence(error)
    return Invalid(f"draw_infeasible_{error.constraint}", text, {"teams": text})


def _plain(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
