"""The URLconf: each door lists its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("duban.web.urls")),
    path("field/", include("duban.field.urls")),
    path("u/", include("duban.portal.urls")),
]
