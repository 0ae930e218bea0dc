"""Who asks and when: puts `request.actor`, `request.at` and `request.campaign` in place; turns refusals into pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from duban.campaigns.models import Campaign
from duban.kernel import clock
from duban.kernel.actor import PUBLIC
from duban.kernel.errors import DubanError
from duban.people.actors import actor_for
from duban.web import badges
from duban.web.current import campaign_for

Next = Callable[[HttpRequest], HttpResponse]
READING = ("GET", "HEAD", "OPTIONS")
PAGES = {400: "400.html", 403: "403.html", 404: "404.html", 409: "409.html", 410: "410.html"}


class ActorMiddleware:
    """This middleware will read the clock once per request and load the actor lazily, once."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.at = clock.now()

        def load_actor():
            if request.user.is_authenticated:
                return actor_for(request.user, at=request.at)
            return PUBLIC

        def load_campaign() -> Campaign | None:
            return campaign_for(request)

        request.actor = SimpleLazyObject(load_actor)
        request.campaign = SimpleLazyObject(load_campaign)
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
            if request.method not in READING:
                badges.forget(request)
        return response


class DomainErrorMiddleware:
    """This middleware will show a domain refusal as a page (or JSON) with its status, message and next step."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DubanError):
            return None
        if request.headers.get("Accept", "").startswith("application/json"):
            body = {"code": error.code, "message": str(error.message)}
            return JsonResponse(body, status=error.status)
        template = PAGES.get(error.status, "400.html")
        return render(request, template, {"error": error, "title": str(error.message)}, status=error.status)
