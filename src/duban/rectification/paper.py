"""The official papers of rectification: what their records say.

Records follow documents/kinds/<kind>/kind.yaml; numbering and freezing are documents' business.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from duban.kernel.clock import end_of_day, local, local_day
from duban.kernel.office_words import in_office_language
from duban.kernel.qr import qr_svg
from duban.rectification.models import CommonProblem, OrderItem, Referral, Urge, UrgeStep, WorkOrder


@in_office_language
def moment_text(at: datetime) -> str:
    """This function will write a moment as 2020-02-16 16:00 in local time."""
    return local(at).strftime("%Y-%m-%d %H:%M")


@in_office_language
def limit_text(due_at: datetime) -> str:
    """This function will write a limit; 00:00 is written as 24:00 of the day before."""
    before = local_day(due_at).fromordinal(local_day(due_at).toordinal() - 1)
    if end_of_day(before) == due_at:
        return f"{before.isoformat()} 24:00"
    return moment_text(due_at)


@in_office_language
def spoken_limit(due_at: datetime) -> str:
    """This function will write a limit as running text has it: 2月11日24时, 2月11日9时30分."""
    day, time = limit_text(due_at).split(" ")
    hour, minute = (int(part) for part in time.split(":"))
    _year, month, date = (int(part) for part in day.split("-"))
    words = {"month": month, "day": date, "hour": hour, "minute": minute}
    return (
        _("%(month)s月%(day)s日%(hour)s时%(minute)s分") if minute else _("%(month)s月%(day)s日%(hour)s时")
    ) % words


def sentence(text: str) -> str:
    """This function will end a text with a full stop if nothing ends it."""
    return text if text.rstrip()[-1:] in "。！？；" else f"{text.rstrip()}。"


@in_office_language
def order_record(
    order: WorkOrder, items: Iterable[OrderItem], *, signatory: str, address: str
) -> dict[str, Any]:
    """This function will return the record of a 交办单; `address` becomes its QR code."""
    team = order.proposed_by_team
    contact = _("%(team)s联络岗") % {"team": team.name} if team and not team.is_covert else _("专班综合岗")
    return {
        "issuer": order.campaign.body.name,
        "to_unit": order.unit.name,
        "issued_at": moment_text(order.issued_at),
        "deadline": limit_text(order.due_at),
        "approved_by": signatory,
        "basis": order.basis or order.campaign.basis or order.campaign.title,
        "reply_contact": _("%(contact)s。扫右侧二维码签收、反馈，不需要账号；也可填写本单后交回。")
        % {"contact": contact},
        "items": [
            {
                "place": item.finding.site.name,
                "problem": item.finding.fact,
                "requirement": item.requirement,
            }
            for item in items
        ],
        "qr_svg": qr_svg(address),
    }


@in_office_language
def urge_record(urge: Urge, *, signatory: str, overdue: str, address: str, at: datetime) -> dict[str, Any]:
    """This function will return the record of a 督办单."""
    order = urge.order
    matters = "；".join(finding.fact.rstrip("。") for finding in urge.findings.order_by("number"))
    step = (
        _("再次逾期的，提级督办。")
        if urge.step == UrgeStep.URGE
        else _("再次逾期的，报请专班组长岗决定是否启动责任倒查。")
    )
    return {
        "issuer": order.campaign.body.name,
        "to_unit": order.unit.name,
        "issued_at": moment_text(at),
        "order_number": order.number_text,
        "order_deadline": limit_text(order.due_at),
        "overdue": overdue,
        "matter": _("%(matters)s。以上事项到期没有反馈，请说明原因，完成整改并反馈。") % {"matters": matters},
        "new_deadline": limit_text(urge.due_at),
        "consequence": step,
        "approved_by": signatory,
        "reply_contact": _("专班综合岗。扫右侧二维码反馈，不需要账号；也可填写本单后交回。"),
        "qr_svg": qr_svg(address),
    }


@in_office_language
def referral_record(referral: Referral, *, at: datetime) -> dict[str, Any]:
    """This function will return the record of a 转办函."""
    finding, body = referral.finding, referral.campaign.body.name
    found = local(finding.found_at)
    due = referral.reply_due_on
    return {
        "letterhead": body,
        "title": _("关于转办%(place)s有关问题的函") % {"place": finding.site.name},
        "issuer": body,
        "date": local_day(at).isoformat(),
        "addressees": [referral.authority.name],
        "paragraphs": [
            _("%(month)s月%(day)s日，%(team)s在%(place)s检查发现：%(fact)s")
            % {
                "month": found.month, "day": found.day, "place": finding.site.name, "fact": finding.fact,
                "team": _("暗访组") if finding.team.is_covert else finding.team.name,
            },
            _("该事项属你单位行业管理职责，现转你单位依职责处理。转办事项：%(matter)s")
            % {"matter": referral.matter},
            _("请于%(month)s月%(day)s日前函告处理结果。处理决定由你单位依法作出。")
            % {"month": due.month, "day": due.day},
            _("特此函达。"),
        ],
    }  # fmt: skip


@in_office_language
def common_notice_record(
    problem: CommonProblem, unit_names: Iterable[str], *, approval_number: str, at: datetime
) -> dict[str, Any]:
    """This function will return the record of a 共性问题对照检查通知."""
    body = problem.campaign.body.name
    return {
        "letterhead": _("%(body)s文件") % {"body": body},
        "title": _("关于对照检查%(title)s的通知") % {"title": problem.title},
        "issuer": body,
        "date": local_day(at).isoformat(),
        "addressees": [_("列入本次专项监督范围的各单位")],
        "paragraphs": [
            _("督导发现 %(count)s 处存在同类问题。请各单位对照检查。") % {"count": problem.findings.count()}
        ],
        "sections": [
            {"heading": _("问题表现"), "paragraphs": [sentence(problem.question)]},
            {
                "heading": _("检查要求"),
                "paragraphs": [
                    _("只需回答两项：有无此类问题，数量多少。不要求另报材料。本表经审批，编号：%(number)s。")
                    % {"number": approval_number}
                ],
            },
            {
                "heading": _("反馈时间"),
                "paragraphs": [
                    _("%(due)s前反馈。没有问题的也请答“无”。") % {"due": spoken_limit(problem.reply_due_at)}
                ],
            },
        ],
        "answers": [{"unit": name} for name in unit_names],
    }


@in_office_language
def duration_text(days: int) -> str:
    """This function will write a lateness in begun days."""
    return _("%(days)s日") % {"days": days}
