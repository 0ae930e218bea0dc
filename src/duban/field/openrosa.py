"""The OpenRosa door for ODK Collect, Enketo and our own app: form list, forms, their files, submissions (FIELD.md).

Every answer carries the OpenRosa headers; a refusal carries a sentence the person on the phone can act on. The token in
the address is the only key, so nothing here reads a session or a cookie.
"""

import hashlib
import io
import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from duban.field import forms, ordering, queries
from duban.inspection import operations as inspection
from duban.inspection import record_xml
from duban.kernel.errors import Denied, DubanError, Invalid, TooLarge
from duban.kernel.ids import parse_id
from duban.people import devices

log = logging.getLogger("duban.field")

LIMIT_BYTES = 100 * 1024 * 1024
XML = "text/xml; charset=utf-8"
View = Callable[..., HttpResponse]


def door(*methods: str) -> Callable[[View], View]:
    """This decorator will turn a token into who speaks, add the OpenRosa headers and say refusals in XML."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def inner(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                holder = devices.holder_of(token, at=request.at)
                if request.method not in methods:
                    response = said(_("不支持这种请求。"), status=405)
                    response.headers["Allow"] = ", ".join(methods)
                else:
                    devices.note_contact(
                        holder.device,
                        at=request.at,
                        device_time=told_time(request.headers.get("X-Duban-Device-Time")),
                    )
                    response = view(request, holder, token, *args, **kwargs)
            except DubanError as error:
                response = refused(error)
            except (MultiPartParserError, SuspiciousOperation, RequestDataTooBig, EOFError, OSError):
                response = said(_("上传中断，数据还在手机上，请再提交一次。"), status=400)
            except Exception:
                log.exception("field door failed")
                response = said(_("服务器暂时出错，数据还在手机上，请稍后再提交。"), status=500)
            response.headers["X-OpenRosa-Version"] = "1.0"
            response.headers["X-OpenRosa-Accept-Content-Length"] = str(LIMIT_BYTES)
            response.headers["Date"] = http_date()
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            return response

        return inner

    return wrap


def said(text: str, *, status: int, nature: str = "") -> HttpResponse:
    """This function will answer with one sentence in the OpenRosa envelope."""
    kind = quoteattr(nature)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f"<message nature={kind}>{escape(text)}</message></OpenRosaResponse>"
    )
    return HttpResponse(body, content_type=XML, status=status)


def refused(error: DubanError) -> HttpResponse:
    """This function will say a refusal: the sentence and, for faults of single questions, the first of them."""
    text = str(error.message)
    lines = [f"{name}：{fault}" if name else str(fault) for name, fault in list(error.fields.items())[:5]]
    shown = [line for line in lines if not line.endswith(f"：{text}")]
    response = said(" ".join([text, *shown]), status=error.status, nature="error")
    response.headers["X-Duban-Code"] = error.code
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Duban"'
    return response


def told_time(text: str | None) -> datetime | None:
    """Return a time a phone tells, if it is one. Collect's own Date header is wrong by design and never read."""
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def asked_id(request: HttpRequest, name: str = "id") -> UUID:
    """Return an id the phone posts. :raises Invalid: if it is none."""
    key = parse_id(request.POST.get(name))
    if key is None:
        raise Invalid("bad_id", name)
    return key


def _address(request: HttpRequest, name: str, *args: Any) -> str:
    scheme = "https" if settings.BASE_URL.startswith("https://") else request.scheme
    return f"{scheme}://{request.get_host()}{reverse(name, args=args)}"


def require_reader(holder: devices.Holder) -> None:
    if holder.is_disabled:
        raise Denied("account_disabled", _("账号已停用，只能提交已做完的记录。请联系专班。"))


@door("GET", "HEAD")
def base(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Say whose phone this is: what one sees who opens the address in a browser."""
    return said(
        _("这是“%(name)s”的提交地址，在 ODK Collect 中使用。") % {"name": holder.device.name}, status=200
    )


@door("GET", "HEAD")
def form_list(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """List the forms of today's round."""
    require_reader(holder)
    wanted = request.GET.get("formID", "")
    rows = []
    for version in queries.offered(holder.actor, request.at, all_versions="listAllVersions" in request.GET):
        if wanted and version.form_id != wanted:
            continue
        content = forms.delivered(version)
        parts = {
            "formID": version.form_id, "name": version.checklist.title, "version": version.version_label,
            "hash": f"md5:{_md5(content)}", "downloadUrl": _address(request, "field:form", token, version.pk),
            "manifestUrl": _address(request, "field:manifest", token, version.pk),
        }  # fmt: skip
        inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts.items())
        rows.append(f"<xform>{inside}</xform>")
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(rows)}</xforms>'
    return HttpResponse(body, content_type=XML)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()  # what the protocol asks for


@door("GET", "HEAD")
def form(request: HttpRequest, holder: devices.Holder, token: str, version_id: UUID) -> HttpResponse:
    """Give one form."""
    require_reader(holder)
    version = queries.version_offered(holder.actor, request.at, version_id)
    return HttpResponse(forms.delivered(version), content_type=XML)


@door("GET", "HEAD")
def manifest(request: HttpRequest, holder: devices.Holder, token: str, version_id: UUID) -> HttpResponse:
    """List the files of one form."""
    require_reader(holder)
    version = queries.version_offered(holder.actor, request.at, version_id)
    rows = "".join(
        f"<mediaFile><filename>{name}</filename><hash>md5:{_md5(content)}</hash>"
        f"<downloadUrl>{escape(_address(request, 'field:media', token, version_id, name))}</downloadUrl></mediaFile>"
        for name, content in queries.media(holder.actor, request.at, version).items()
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{rows}</manifest>'
    return HttpResponse(body, content_type=XML)


@door("GET", "HEAD")
def media(
    request: HttpRequest, holder: devices.Holder, token: str, version_id: UUID, name: str
) -> HttpResponse:
    """Give one file of a form."""
    require_reader(holder)
    version = queries.version_offered(holder.actor, request.at, version_id)
    content = queries.media(holder.actor, request.at, version).get(name)
    if content is None:
        return said(_("没有这个文件。"), status=404)
    if name == "sites.csv":
        queries.note_looks(holder.actor, request.at)
    return HttpResponse(content, content_type="text/csv; charset=utf-8")


@door("HEAD", "POST")
def submission(request: HttpRequest, holder: devices.Holder, token: str) -> HttpResponse:
    """Take a record, or a part of one; HEAD says that submissions are taken here."""
    if request.method == "HEAD":
        return HttpResponse(status=204)
    _bound(request)
    xml = request.FILES.get("xml_submission_file")
    if xml is None:
        raise record_xml.Malformed("no_record", _("提交里没有记录，请更新应用后再提交。"))
    content = xml.read()
    read = record_xml.read(
        content, lambda form_id, label: queries.version_named(holder.actor, form_id, label)
    )
    inspection.receive_submission(
        actor=holder.actor, at=request.at, device=holder.device, record=read, xml=content,
        content=_photos(request), is_disabled=holder.is_disabled,
    )  # fmt: skip
    if not holder.is_disabled:
        ordering.order_on_spot(holder.actor, request.at, read)
    note = _("已收到，账号已停用，由专班核实后入账。") if holder.is_disabled else _("已收到。")
    return said(note, status=201, nature="submit_success")


def _photos(request: HttpRequest) -> dict[str, bytes]:
    """Return the files that came along by name; a digest the phone announced must hold."""
    found: dict[str, bytes] = {}
    for field, files in request.FILES.lists():
        if field == "xml_submission_file":
            continue
        for file in files:
            found[file.name or field] = file.read()
    announced = request.headers.get("X-Duban-File-Digest", "")
    if announced and [f"sha256={hashlib.sha256(one).hexdigest()}" for one in found.values()] != [announced]:
        raise Invalid("wrong_digest", _("照片在传输中损坏，请再提交一次，原片还在手机上。"))
    return found


def _bound(request: HttpRequest) -> None:
    """Refuse what is too large before reading it; make a body of unknown length readable, up to the limit."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > LIMIT_BYTES:
        raise TooLarge("body_too_large", _("一次提交超过100MB，请分批提交照片。"))
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        body = request.META["wsgi.input"].read(LIMIT_BYTES + 1)
        if len(body) > LIMIT_BYTES:
            raise TooLarge("body_too_large", _("一次提交超过100MB，请分批提交照片。"))
        request.META["CONTENT_LENGTH"] = str(len(body))
        request._stream = io.BytesIO(body)  # type: ignore[attr-defined]
