"""Model fields and managers shared by all apps."""

from typing import Any

from django.db import models
from django.utils.encoding import force_str

from duban.kernel.ids import new_id


class PathField(models.CharField):  # type: ignore[type-arg]
    """A materialised tree path such as `1.2k.7.`, compared byte by byte on both engines so that ranges are exact."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 120)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        parameters["collation"] = "C" if connection.vendor == "postgresql" else "BINARY"
        return parameters


def path_end(path: str) -> str:
    """This function will return the exclusive upper bound of the subtree of `path` (`.` + 1 = `/`)."""
    return path[:-1] + "/" if path else "~"


def within(path: str, *, field: str = "area_path") -> models.Q:
    """This function will return the range condition “at or below `path`” — never LIKE, so that an index serves it."""
    return models.Q(**{f"{field}__gte": path, f"{field}__lt": path_end(path)})


class Row(models.Model):
    """Base of all rows of ours: a UUIDv7 key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: Any) -> str:
        """Return the word of a choice. Django would build the table of choices anew for every row of a list."""
        words = field.__dict__.get("words")
        if words is None:
            words = field.__dict__["words"] = dict(field.flatchoices)
        value = getattr(self, field.attname)
        shown: str = force_str(words.get(value, value), strings_only=True)
        return shown
