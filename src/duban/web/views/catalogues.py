"""Rule sets, focus sets, legal register and packs: read with evidence tags, adopted or changed with a reason."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.campaigns import operations as campaigns
from duban.campaigns import packs, policy, queries
from duban.campaigns.models import InstalledPack, LegalVersion
from duban.checklists import operations as checklists
from duban.kernel.errors import Invalid, NotFound
from duban.kernel.loading import get_visible
from duban.kernel.policy import require
from duban.web.forms import campaign as forms
from duban.web.pages import export_rows, paginate, said, staff_page
from duban.web.views.campaign import attempt, campaign_page, context

RULE_COLUMNS = [
    (gettext_lazy("规则集"), lambda row: row.rule_set.title),
    (gettext_lazy("序号"), lambda row: row.code),
    (gettext_lazy("条目"), lambda row: row.title),
    (gettext_lazy("说明"), lambda row: row.text),
    (gettext_lazy("对象"), lambda row: row.get_subject_class_display()),
    (gettext_lazy("处理路径"), lambda row: row.get_route_display()),
    (gettext_lazy("来源标记"), lambda row: row.evidence_tag),
    (gettext_lazy("启用"), lambda row: row.is_active),
]
LEGAL_COLUMNS = [
    (gettext_lazy("名称"), lambda row: row.instrument.title),
    (gettext_lazy("种类"), lambda row: row.instrument.kind),
    (gettext_lazy("版本"), lambda row: row.label),
    (gettext_lazy("施行日"), lambda row: row.valid_from),
    (gettext_lazy("失效日"), lambda row: row.valid_to),
    (gettext_lazy("来源标记"), lambda row: row.evidence_tag),
    (
        gettext_lazy("条文"),
        lambda row: "；".join(f"{one.number} {one.topic}" for one in row.provisions.all()),
    ),
]


@campaign_page
def list_rules(request: HttpRequest) -> HttpResponse:
    sets = queries.rule_sets(request.campaign)
    if request.GET.get("export"):
        rows = (item for rules in sets for item in rules.items.all())
        return export_rows(request, _("规则目录"), RULE_COLUMNS, rows)
    titles = {code.code: code.title for code in queries.codes(request.campaign)}
    for rules in sets:
        rules.shown = list(rules.items.all())
        for item in rules.shown:
            item.code_titles = [titles.get(code, code) for code in item.behaviour_codes]
    newer = queries.newer_rule_sets(request.campaign)
    return render(request, "campaign/rules.html", context(request, "rules:list", sets=sets, newer=newer))


@campaign_page
@require_POST
def adopt_rule_set(request: HttpRequest, pk: UUID) -> HttpResponse:
    adopted = campaigns.adopt_rule_set(
        actor=request.actor, at=request.at, campaign_id=request.campaign.pk, rule_set_id=pk
    )
    said(request, _("已换用%(title)s第%(version)d版") % {"title": adopted.title, "version": adopted.version})
    return redirect("rules:list")


@campaign_page
def list_focuses(request: HttpRequest) -> HttpResponse:
    sets = queries.focus_sets(request.campaign)
    if request.GET.get("export"):
        columns = [
            (_("重点"), lambda row: row.focus_set.title), (_("版本"), lambda row: row.focus_set.version),
            (_("代码"), lambda row: row.code), (_("名称"), lambda row: row.title), (_("说明"), lambda row: row.note),
        ]  # fmt: skip
        return export_rows(
            request, _("监督重点"), columns, (area for one in sets for area in one.areas.all())
        )
    history = [one for one in queries.focus_history(request.campaign) if one.change_reason]
    return render(
        request, "campaign/focuses.html", context(request, "focuses:list", sets=sets, history=history)
    )


@campaign_page
def change_focuses(request: HttpRequest, pk: UUID) -> HttpResponse:
    require(policy.can_change_campaign(request.actor, request.campaign))
    current = get_visible(request.campaign.focus_sets.prefetch_related("areas"), pk)
    lines = "\n".join("｜".join(filter(None, (one.code, one.title, one.note))) for one in current.areas.all())
    form = forms.FocusForm(request.POST or None, initial={"areas": lines})

    def act() -> Any:
        return campaigns.change_focus_set(
            actor=request.actor, at=request.at, campaign_id=request.campaign.pk, focus_set_id=pk,
            areas=form.cleaned_data["areas"], reason=form.cleaned_data["reason"],
        )  # fmt: skip

    if request.method == "POST" and (made := attempt(form, act)):
        said(request, _("%(title)s已换为第%(version)d版") % {"title": made.title, "version": made.version})
        return redirect("focuses:list")
    extra = {"form": form, "focus_set": current}
    return render(request, "campaign/focus_form.html", context(request, "focuses:list", **extra))


@campaign_page
def list_legal(request: HttpRequest) -> HttpResponse:
    form = forms.LegalFilter(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    rows = queries.legal_versions(given.get("on"))
    if text := given.get("q"):
        inside = LegalVersion.objects.filter(provisions__topic__icontains=text).values("pk")
        rows = rows.filter(Q(instrument__title__icontains=text) | Q(pk__in=inside))
    if request.GET.get("export"):
        return export_rows(request, _("法规登记"), LEGAL_COLUMNS, rows)
    extra = {"form": form, "page": paginate(request, rows, 20)}
    return render(request, "campaign/legal.html", context(request, "legal:list", **extra))


def _shelf() -> list[dict[str, Any]]:
    """Return every pack folder with what is installed of it; a broken one with its mistakes."""
    installed = {row.code: row for row in InstalledPack.objects.all()}
    shelf = []
    for folder in packs.available(Path(settings.PACKS)):
        try:
            pack = packs.read_pack(folder)
        except Invalid as error:
            shelf.append({"folder": folder.name, "title": folder.name, "problems": error.fields})
            continue
        known = installed.get(pack.code)
        sizes = {name: len(rows) for name, rows in pack.tables.items()} | {"checklists": len(pack.checklists)}
        shelf.append({
            "folder": folder.name, "title": pack.title, "version": pack.version, "installed": known, "sizes": sizes,
            "is_same": bool(known and known.digest == pack.digest),
        })  # fmt: skip
    return shelf


@staff_page(needs_campaign=False)
def list_packs(request: HttpRequest) -> HttpResponse:
    can_install = policy.can_install_pack(request.actor)
    if not can_install and not policy.campaigns_readable_by(request.actor).exists():
        raise NotFound()
    extra = {"shelf": _shelf(), "can_install": bool(can_install)}
    return render(request, "campaign/packs.html", context(request, "packs:list", **extra))


@staff_page(needs_campaign=False)
@require_POST
def install_pack(request: HttpRequest, code: str) -> HttpResponse:
    require(policy.can_install_pack(request.actor))
    folder = next((one for one in packs.available(Path(settings.PACKS)) if one.name == code), None)
    if folder is None:
        raise NotFound()
    installed = campaigns.install_pack(actor=request.actor, at=request.at, directory=folder)
    said(
        request, _("%(title)s %(version)s 已安装") % {"title": installed.title, "version": installed.version}
    )
    campaign = request.campaign
    if campaign and campaign.pack == installed.code and policy.can_change_campaign(request.actor, campaign):
        checklists.load_pack_checklists(
            actor=request.actor, at=request.at, campaign_id=campaign.pk, pack=packs.read_pack(folder)
        )
    return redirect("packs:list")
