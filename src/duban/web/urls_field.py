"""URLs of phones and of what they hand in."""

from django.urls import include, path

from duban.web.views import devices, submissions

DEVICES = [
    path("", devices.list_devices, name="list"),
    path("register/", devices.register, name="register"),
    path("<uuid:pk>/revoke/", devices.revoke, name="revoke"),
]
SUBMISSIONS = [
    path("", submissions.list_submissions, name="list"),
    path("<uuid:pk>/", submissions.show, name="show"),
    path("<uuid:pk>/record.xml", submissions.source, name="source"),
    path("<uuid:pk>/accept/", submissions.accept, name="accept"),
    path("<uuid:pk>/discard/", submissions.discard, name="discard"),
    path("merge/<uuid:keep>/<uuid:drop>/", submissions.merge, name="merge"),
]

urlpatterns = [
    path("devices/", include((DEVICES, "devices"))),
    path("submissions/", include((SUBMISSIONS, "submissions"))),
]
