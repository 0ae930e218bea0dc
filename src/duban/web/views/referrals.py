"""Hand-overs to the line authority and its own results (S2-39…42)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from duban.kernel.loading import get_visible
from duban.rectification import operations as rectification
from duban.rectification import policy
from duban.rectification.states import ReferralState
from duban.territory.models import Unit
from duban.web.forms.orders import ReferralForm, ReferralResultForm
from duban.web.pages import export_rows, paginate, said, staff_page
from duban.web.views import order_parts as parts

COLUMNS = [
    (gettext_lazy("文号"), lambda row: row.number_text), (gettext_lazy("主管部门"), lambda row: row.authority.name),
    (gettext_lazy("问题"), lambda row: str(row.finding)), (gettext_lazy("点位"), lambda row: row.finding.site.name),
    (gettext_lazy("转办事项"), lambda row: row.matter), (gettext_lazy("转办时间"), lambda row: row.sent_at),
    (gettext_lazy("回复期限"), lambda row: row.reply_due_on), (gettext_lazy("状态"), lambda row: row.get_state_display()),
    (gettext_lazy("处理结果"), lambda row: row.get_result_kind_display()), (gettext_lazy("内容"), lambda row: row.result),
    (gettext_lazy("处理文号"), lambda row: row.result_number),
]  # fmt: skip


@staff_page
def list_referrals(request: HttpRequest) -> HttpResponse:
    """Show the referrals; results are the authority's, not ours."""
    rows = policy.referrals_visible_to(request.actor).filter(campaign=request.campaign)
    view = request.GET.get("view", "all")
    tabs = [
        {"label": label, "url": f"?view={key}", "current": view == key, "count": (rows.filter(state=key) if key != "all" else rows).count()}
        for key, label in [("all", _("全部")), *ReferralState.choices]
    ]  # fmt: skip
    if view in ReferralState.values:
        rows = rows.filter(state=view)
    rows = rows.select_related("authority", "finding__site").order_by("-sent_at", "-id")
    if request.GET.get("export"):
        return export_rows(request, _("转办函"), COLUMNS, rows.iterator(chunk_size=500))
    return render(
        request, "referrals/list.html", {"page": paginate(request, rows), "tabs": tabs, "now": request.at}
    )


@staff_page
def refer_finding(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Send a finding to the line authority."""
    rows = policy.checkable_findings_visible_to(request.actor).select_related(
        "site", "unit", "department_unit"
    )
    finding = get_visible(rows, finding_id)
    units = Unit.objects.filter(is_line_authority=True, is_active=True).order_by("path")
    start = {"authority": str(finding.department_unit_id or "")}
    form = ReferralForm(
        request.POST or None, authorities=[(str(one.pk), one.name) for one in units], initial=start
    )
    if request.method == "POST":
        made = parts.attempt(
            form,
            lambda: rectification.refer_finding(
                actor=request.actor, at=request.at, finding_id=finding_id,
                authority_id=UUID(form.cleaned_data["authority"]), matter=form.cleaned_data["matter"],
                reply_due_on=form.cleaned_data["reply_due_on"],
            ),
        )  # fmt: skip
        if made:
            said(request, _("已发出 %(number)s。") % {"number": made.number_text})
            return redirect("referrals:show", made.pk)
    context = {
        "finding": finding,
        "form": form,
        "now": request.at,
        "decision": policy.can_refer_finding(request.actor, finding),
    }
    return render(request, "referrals/new.html", context, status=422 if form.errors else 200)


@staff_page
def show_referral(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one referral and take the authority's result."""
    rows = policy.referrals_visible_to(request.actor).select_related(
        "authority", "finding__site", "finding__unit", "sent_by", "document"
    )
    referral = get_visible(rows, pk)
    form = ReferralResultForm(request.POST or None)
    if request.method == "POST":
        done = parts.attempt(
            form,
            lambda: rectification.answer_referral(
                actor=request.actor, at=request.at, referral_id=pk, **form.cleaned_data
            ),
        )
        if done:
            said(request, _("已登记处理结果。"))
            return redirect("referrals:show", pk)
    context = {
        "referral": referral,
        "form": form,
        "now": request.at,
        "can_answer": bool(policy.can_answer_referral(request.actor, referral)),
    }
    return render(request, "referrals/show.html", context, status=422 if form.errors else 200)
