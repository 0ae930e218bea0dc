"""Addresses of the unit links. Everything under /u/ works without an account and without scripts."""

from django.urls import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
