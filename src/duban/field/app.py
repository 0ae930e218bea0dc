"""The field app's own addresses: its shell, its service worker, and what it asks beyond the OpenRosa door.

The shell holds no data and needs no account: everything the app knows came through the key of a registered phone.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duban.field import checks, queries
from duban.field.day import day_of
from duban.field.openrosa import asked_id, door, require_reader
from duban.kernel import clock
from duban.people import devices
from duban.teams import operations as teams

BUNDLE = Path(__file__).parent / "static" / "field"
FILES = ("app.js", "app.css", "engine.js", "icon-192.png", "icon-512.png")


@cache
def bundle_version() -> str:
    """This function will return a name for exactly these files: another build is another version."""
    digest = hashlib.sha256()
    for name in (*FILES, "worker.js"):
        digest.update((BUNDLE / name).read_bytes())
    return digest.hexdigest()[:16]


@never_cache
@require_safe
@csp_update({"script-src": ["'wasm-unsafe-eval'"], "worker-src": [SELF]})
def shell(request: HttpRequest) -> HttpResponse:
    """Give the page the app runs in."""
    return render(request, "field/app.html")


@never_cache
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Give the service worker with the list of what it keeps for days without signal."""
    kept = [reverse("field:app"), reverse("field:app_manifest"), *(static(f"field/{name}") for name in FILES)]
    head = f"const VERSION = {json.dumps(bundle_version())};\nconst KEPT = {json.dumps(kept)};\n"
    return HttpResponse(
        head + (BUNDLE / "worker.js").read_text(), content_type="text/javascript; charset=utf-8"
    )


@require_safe
def app_manifest(request: HttpRequest) -> HttpResponse:
    """Say how the app looks on the home screen."""
    icons = [
        {
            "src": static(f"field/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for size in (192, 512)
    ]
    body = {
        "name": "督办 · 一线", "short_name": "督办", "start_url": reverse("field:app"), "scope": reverse("field:app"),
        "display": "standalone", "background_color": "#f3f4f2", "theme_color": "#0f2d2a", "lang": "zh-CN", "icons": icons,
    }  # fmt: skip
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/manifest+json")


@door("GET")
def day(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Give the day's package: who, which forms, where to, what to look for."""
    require_reader(holder)
    forms = [
        {
            "id": version.form_id, "version": version.version_label, "code": version.checklist.code,
            "title": version.checklist.title, "key": str(version.pk), "files": sorted(queries.FILES),
            "facts": {one.code: one.fact for one in queries.wordings(version)},
            "may_locate": version.checklist.campaign.may_open_position,
        }
        for version in queries.offered(holder.actor, request.at)
    ]  # fmt: skip
    who = {
        "account": str(holder.device.user_id), "post": holder.actor.label, "device": holder.device.name,
        "expires_at": clock.local(holder.device.expires_at).isoformat(),
    }  # fmt: skip
    queries.note_looks(holder.actor, request.at)
    told = {
        "now": clock.local(request.at).isoformat(),
        "who": who,
        "forms": forms,
        "checks": checks.waiting(holder.actor, request.at),
    }
    return JsonResponse(told | day_of(holder.actor, request.at))


@door("POST")
def depart(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Set out with a dispatch."""
    require_reader(holder)
    teams.depart(actor=holder.actor, at=request.at, dispatch_id=asked_id(request))
    return HttpResponse(status=204)


@door("POST")
def reveal(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Open a sealed place; who opened it when is journalled."""
    require_reader(holder)
    teams.reveal_site(actor=holder.actor, at=request.at, dispatch_site_id=asked_id(request))
    return HttpResponse(status=204)
