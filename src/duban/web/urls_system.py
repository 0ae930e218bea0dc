"""URLs of the system pages."""

from django.urls import include, path
from django.views.i18n import set_language

from duban.web.views import system

SYSTEM = [
    path("campaigns/", system.switch_campaign, name="campaign"),
    path("calendar/", system.show_calendar, name="calendar"),
    path("calendar/clear/", system.clear_day, name="clear_day"),
    path("backups/", system.show_backups, name="backups"),
    path("about/", system.about, name="about"),
]

urlpatterns = [
    path("system/", include((SYSTEM, "system"))),
    path("language/", set_language, name="set_language"),
    path("healthz", system.healthz, name="healthz"),
    path("metrics", system.metrics, name="metrics"),
]
