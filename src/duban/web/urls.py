"""Staff pages: each area lists its own URLs in urls_<area>.py."""

import importlib.util

from django.conf import settings
from django.urls import include, path

AREAS = (
    "reporting", "planning", "teams", "findings", "visits", "topics", "field", "orders", "accountability", "campaign", "incoming", "checklists", "sites", "risk",
    "units", "users", "imports", "journal", "search", "system",
)  # fmt: skip

urlpatterns = [path("account/", include("allauth.urls"))]
urlpatterns += [
    path("", include(f"duban.web.urls_{area}"))
    for area in AREAS
    if importlib.util.find_spec(f"duban.web.urls_{area}")
]

if settings.DEBUG:
    from duban.web.views.gallery import parts_gallery

    urlpatterns.append(path("parts/", parts_gallery))
