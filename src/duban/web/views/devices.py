"""Phones: register one's own, see and end those of the accounts one looks after."""

from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from duban.kernel import clock
from duban.kernel.actor import FIELD_ROLES, OFFICE_ROLES, Role
from duban.kernel.errors import NotFound
from duban.kernel.qr import qr_svg
from duban.people import devices, policy
from duban.people.models import Device
from duban.web.attempts import attempt
from duban.web.forms.field import DeviceForm, RevokeForm
from duban.web.pages import View, export_rows, paginate, said, staff_page

HOLDERS = frozenset({*FIELD_ROLES, *OFFICE_ROLES, Role.EXPERT, Role.ADMIN})


def device_page(view: View) -> View:
    """This decorator will open the page to those who go out, the office and the administrator; to others it is not there."""

    @staff_page(needs_campaign=False)
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.has_role(HOLDERS):
            raise NotFound()
        return view(request, *args, **kwargs)

    return inner


def _moment(value: object) -> str:
    return clock.local(value).strftime("%Y-%m-%d %H:%M") if value else ""  # type: ignore[arg-type]


COLUMNS = (
    (gettext_lazy("手机"), lambda row: row.name),
    (gettext_lazy("岗位"), lambda row: str(row.user)),
    (gettext_lazy("登记"), lambda row: _moment(row.registered_at)),
    (gettext_lazy("最近联系"), lambda row: _moment(row.last_seen_at)),
    (gettext_lazy("时钟偏差（秒）"), lambda row: row.clock_skew_seconds),
    (gettext_lazy("停用"), lambda row: _moment(row.revoked_at)),
)


def _rows(request: HttpRequest) -> QuerySet[Device]:
    return policy.devices_visible_to(request.actor).order_by("revoked_at", "-registered_at", "id")


@device_page
def list_devices(request: HttpRequest) -> HttpResponse:
    """Show the phones in reach, one's own among them, and the form for a new one."""
    rows = _rows(request)
    if request.GET.get("export"):
        return export_rows(request, _("手机"), COLUMNS, rows)
    return _page(request, DeviceForm())


def _page(request: HttpRequest, form: DeviceForm) -> HttpResponse:
    page = paginate(request, _rows(request))
    lines = [
        {"row": row, "can_end": bool(policy.can_end_device(request.actor, row))} for row in page.object_list
    ]
    context = {"page": page, "lines": lines, "found": page.paginator.count, "form": form, "now": request.at}
    return render(request, "field/devices.html", context, status=422 if form.errors else 200)


@require_POST
@device_page
def register(request: HttpRequest) -> HttpResponse:
    """Register a phone for oneself; its key is shown this once."""
    form = DeviceForm(request.POST)
    done = attempt(form, lambda: devices.register_device(
        actor=request.actor, at=request.at, user_id=request.user.pk, **form.cleaned_data))  # fmt: skip
    if not done:
        return _page(request, form)
    device, token = done
    base = settings.BASE_URL.rstrip("/")
    address = f"{base}{devices.path(token)}"
    app_address = f"{base}{devices.app_path(token)}"
    context = {
        "app_qr": qr_svg(app_address),
        "app_address": app_address,
        "device": device,
        "qr": qr_svg(devices.collect_settings(token)),
        "address": address,
        "now": request.at,
    }
    return render(request, "field/device_key.html", context)


@require_POST
@device_page
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a phone's access."""
    form = RevokeForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {}
    device = devices.revoke_device(actor=request.actor, at=request.at, device_id=pk, **given)
    said(request, _("已停用“%(name)s”。") % {"name": device.name})
    return redirect("devices:list")
