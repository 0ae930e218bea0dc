"""The error catalogue: every refusal of Duban has a stable code, a sentence for the reader and an HTTP status.

Operations raise these; doors translate them (409 page, field errors, RFC 9457 body). Not here: programming errors.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class DubanError(Exception):
    """A refusal the reader can act on.

    `code` is stable (tests and clients rely on it), `message` says the next step in the reader's language,
    `fields` maps a form field (or "row 3") to its own message.
    """

    status = 400
    default_code = "invalid"
    default_message: Text = _("内容有误，请检查后再试。")

    def __init__(
        self, code: str | None = None, message: Text | None = None, fields: Mapping[str, Text] | None = None
    ) -> None:
        self.code = code or self.default_code
        self.message = message if message is not None else self.default_message
        self.fields = dict(fields or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(DubanError):
    """The input breaks a rule; nothing was written."""

    status = 422


class WrongState(DubanError):
    """Somebody was faster, or the act does not fit the state (HTTP 409)."""

    status = 409
    default_code = "wrong_state"
    default_message = _("这一项刚被他人更新，当前状态不能这样办理。请看最新内容。")


class Conflict(DubanError):
    """A uniqueness or idempotency clash (HTTP 409)."""

    status = 409
    default_code = "conflict"
    default_message = _("已有相同的记录。")


class Denied(DubanError):
    """The actor may see the object but not do this (HTTP 403)."""

    status = 403
    default_code = "denied"
    default_message = _("您的岗位不能办理这一项。")


class NotFound(DubanError):
    """Missing or out of scope: both look the same (HTTP 404)."""

    status = 404
    default_code = "not_found"
    default_message = _("没有找到，可能已作废，或不在您的范围内。")


class Gone(DubanError):
    """A link that was revoked or has expired (HTTP 410)."""

    status = 410
    default_code = "link_revoked"
    default_message = _("这个链接已失效，请联系专班重新发送。")


class TooLarge(DubanError):
    """The upload is over the limit (HTTP 413)."""

    status = 413
    default_code = "too_large"
    default_message = _("文件超过大小限制。")


class Unavailable(DubanError):
    """A part that is needed is missing on this machine (HTTP 503)."""

    status = 503
    default_code = "unavailable"
    default_message = _("所需的部件暂不可用。")
