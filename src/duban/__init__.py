"""Duban (督办): supervision-and-inspection campaigns for public inspectorates."""
