"""What is done to one finding: confirm, return, complete, verify on the spot, withdraw, transfer, photos, support."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from duban.inspection import operations as inspection
from duban.inspection import policy, queries
from duban.inspection.models import Finding
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.forms.findings import OnSpotForm, PhotoForm, ReasonForm, ResubmitForm, SupportForm, ToldForm
from duban.web.pages import said
from duban.web.views.findings import attempt, finding_url, register_page


def _finding(request: HttpRequest, pk: UUID) -> Finding:
    return get_visible(queries.finding_page(request.actor), pk)


def _page(
    request: HttpRequest, finding: Finding, form: BaseForm, act: Callable[[], Any], *, verb: str, done: str,
    text: str = "", danger: bool = False, looks: dict[str, str] | None = None,
) -> HttpResponse:  # fmt: skip
    """Show one form about a finding, or do what it says and go back to the finding."""
    if request.method == "POST" and attempt(form, act):
        said(request, done % {"number": finding})
        return redirect(finding_url(finding))
    context = {
        "form": form, "finding": finding, "verb": verb, "text": text, "danger": danger, "back": finding_url(finding),
        "fields": [(form[name], (looks or {}).get(name, "")) for name in form.fields],
        "has_files": form.is_multipart(), "crumb": f"{_('问题')} {finding}", "crumb_url": finding_url(finding),
        "about": f"{finding.site.name}：{finding.fact}",
    }  # fmt: skip
    return render(request, "findings/act.html", context)


@register_page
@require_POST
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will confirm one finding."""
    finding = inspection.confirm_finding(actor=request.actor, at=request.at, finding_id=pk)
    said(request, _("已确认问题%(number)s。") % {"number": finding})
    return redirect(finding_url(finding))


@register_page
def return_(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will send a finding back to its team with what is missing."""
    finding = _finding(request, pk)
    require(policy.can_return_finding(request.actor, finding))
    form = ReasonForm(request.POST or None)
    return _page(
        request, finding, form,
        lambda: inspection.return_finding(
            actor=request.actor, at=request.at, finding_id=pk, reason=form.cleaned_data["reason"]
        ),
        verb=_("退回补充"), done=_("已退回问题%(number)s。"), text=_("写明缺什么，督导组补充后重新提交。"),
    )  # fmt: skip


@register_page
def resubmit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will let the team complete a returned finding."""
    finding = _finding(request, pk)
    require(policy.can_resubmit_finding(request.actor, finding))
    names = ("fact", "requirement", "severity", "on_spot_note")
    start = {name: getattr(finding, name) for name in names} | {"category": finding.category_id}
    units = {finding.site.territory_unit_id: "territory", finding.site.department_unit_id: "department"}
    start["line"] = units.get(finding.unit_id, finding.line)
    form = ResubmitForm(request.POST or None, initial=start, finding=finding)
    return _page(
        request, finding, form,
        lambda: inspection.resubmit_finding(actor=request.actor, at=request.at, finding_id=pk, **form.arguments()),
        verb=_("重新提交"), done=_("已重新提交问题%(number)s。"), looks={"severity": "segments", "line": "cards"},
    )  # fmt: skip


@register_page
def verify(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will verify a correction made on the spot."""
    finding = _finding(request, pk)
    require(policy.can_verify_on_spot(request.actor, finding))
    form = OnSpotForm(request.POST or None)
    return _page(
        request, finding, form,
        lambda: inspection.verify_on_spot(
            actor=request.actor, at=request.at, finding_id=pk, opinion=form.cleaned_data["opinion"],
            passed=form.cleaned_data["passed"] == "1",
        ),
        verb=_("提交核验"), done=_("已核验问题%(number)s。"), looks={"passed": "cards"},
        text=_("现场整改：%(note)s") % {"note": finding.on_spot_note},
    )  # fmt: skip


@register_page
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will withdraw a finding with a reason."""
    finding = _finding(request, pk)
    require(policy.can_withdraw_finding(request.actor, finding))
    form = ReasonForm(request.POST or None)
    return _page(
        request, finding, form,
        lambda: inspection.withdraw_finding(
            actor=request.actor, at=request.at, finding_id=pk, reason=form.cleaned_data["reason"]
        ),
        verb=_("撤销问题 %(number)s") % {"number": finding}, done=_("已撤销问题%(number)s。"), danger=True,
        text=_("编号保留，不再计数；已上报的数字由更正版更正。不能恢复。"),
    )  # fmt: skip


@register_page
def transfer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will note that a matter was handed over: number and status only."""
    finding = _finding(request, pk)
    require(policy.can_transfer_finding(request.actor, finding))
    form = ReasonForm(request.POST or None)
    return _page(
        request, finding, form,
        lambda: inspection.transfer_finding(
            actor=request.actor, at=request.at, finding_id=pk, reason=form.cleaned_data["reason"]
        ),
        verb=_("移送"), done=_("已移送问题%(number)s。"), danger=True,
        text=_("本系统只记移送编号和状态，内容不复制到任何地方。"),
    )  # fmt: skip


@register_page
def told(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will record when the post on duty was told."""
    finding = _finding(request, pk)
    require(policy.can_tell_unit(request.actor, finding))
    form = ToldForm(request.POST) if request.method == "POST" else ToldForm.opening_at(request.at)
    return _page(
        request, finding, form,
        lambda: inspection.tell_unit(
            actor=request.actor, at=request.at, finding_id=pk, told_at=form.cleaned_data["told_at"]
        ),
        verb=_("记录当场说明"), done=_("已记录问题%(number)s的说明时间。"),
    )  # fmt: skip


@register_page
def add_photos(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will add photos to a finding."""
    finding = _finding(request, pk)
    require(policy.can_attach_evidence(request.actor, finding, "after"))
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    return _page(
        request, finding, form, lambda: attach_all(request, form, finding_id=pk), verb=_("添加照片"),
        done=_("已为问题%(number)s添加照片。"), looks={"phase": "segments"},
    )  # fmt: skip


def attach_all(request: HttpRequest, form: PhotoForm, **target: UUID) -> bool:
    """This function will attach the chosen photos one by one; the same photo again changes nothing."""
    files = form.cleaned_data["photos"]
    if not files:
        form.add_error("photos", _("请选择照片。"))
    for one in files:
        inspection.attach_evidence(
            actor=request.actor, at=request.at, content=one.read(), file_name=one.name,
            phase=form.cleaned_data["phase"], caption=form.cleaned_data["caption"], **target,
        )  # fmt: skip
    return bool(files)


@register_page
def ask_support(request: HttpRequest, pk: UUID) -> HttpResponse:
    """This view will ask headquarters for support on a finding."""
    finding = _finding(request, pk)
    require(policy.can_raise_support_request(request.actor, finding))
    form = SupportForm(request.POST or None)
    return _page(
        request, finding, form,
        lambda: inspection.raise_support_request(
            actor=request.actor, at=request.at, finding_id=pk, kind=form.cleaned_data["kind"], text=form.cleaned_data["text"]
        ),
        verb=_("提请协调"), done=_("已提请指挥部协调。"), looks={"kind": "segments"},
        text=_("指挥部在24小时内答复；协调解决计为督导成效。"),
    )  # fmt: skip
