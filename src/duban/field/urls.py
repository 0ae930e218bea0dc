"""Addresses of the phones: everything under /field/key/<token>/ belongs to one registered device."""

from django.urls import path

from duban.field import app, checks, openrosa

app_name = "field"
urlpatterns = [
    path("", app.shell, name="app"),
    path("worker.js", app.worker, name="worker"),
    path("app.webmanifest", app.app_manifest, name="app_manifest"),
    path("key/<str:token>/day", app.day, name="day"),
    path("key/<str:token>/depart", app.depart, name="depart"),
    path("key/<str:token>/reveal", app.reveal, name="reveal"),
    path("key/<str:token>/verify", checks.verify, name="verify"),
    path("key/<str:token>/look-back", checks.look_back, name="look_back"),
    path("key/<str:token>/photos/<uuid:evidence_id>.jpg", checks.photo, name="photo"),
    path("key/<str:token>/", openrosa.base, name="base"),
    path("key/<str:token>/formList", openrosa.form_list, name="form_list"),
    path("key/<str:token>/forms/<uuid:version_id>.xml", openrosa.form, name="form"),
    path("key/<str:token>/forms/<uuid:version_id>/manifest", openrosa.manifest, name="manifest"),
    path("key/<str:token>/forms/<uuid:version_id>/<str:name>", openrosa.media, name="media"),
    path("key/<str:token>/submission", openrosa.submission, name="submission"),
]
