"""Addresses of the phones: everything under /field/key/<token>/ belongs to one registered device."""

from django.urls import path

from duban.field import openrosa

app_name = "field"
urlpatterns = [
    path("key/<str:token>/", openrosa.base, name="base"),
    path("key/<str:token>/formList", openrosa.form_list, name="form_list"),
    path("key/<str:token>/forms/<uuid:version_id>.xml", openrosa.form, name="form"),
    path("key/<str:token>/forms/<uuid:version_id>/manifest", openrosa.manifest, name="manifest"),
    path("key/<str:token>/forms/<uuid:version_id>/<str:name>", openrosa.media, name="media"),
    path("key/<str:token>/submission", openrosa.submission, name="submission"),
]
