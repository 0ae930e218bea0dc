"""URLs of checklists and their versions."""

from django.urls import include, path

from duban.web.views import checklists

CHECKLISTS = [
    path("", checklists.list_checklists, name="list"),
    path("upload/", checklists.upload_version, name="upload"),
    path("<uuid:pk>/", checklists.show_version, name="show"),
    path("<uuid:pk>/publish/", checklists.publish_version, name="publish"),
    path("<uuid:pk>/retire/", checklists.retire_version, name="retire"),
    path("<uuid:pk>/changes/", checklists.compare_versions, name="compare"),
    path("<uuid:pk>/source/", checklists.source_file, name="source"),
    path("<uuid:pk>/xform/", checklists.xform_file, name="xform"),
]

urlpatterns = [path("campaign/checklists/", include((CHECKLISTS, "checklists")))]
