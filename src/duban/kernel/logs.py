"""Log lines as JSON without personal data: request ids, codes and timings; never bodies, names or query strings."""

import json
import logging
from datetime import UTC, datetime

KEPT = ("code", "route", "status", "milliseconds", "job", "count", "number")


class JsonFormatter(logging.Formatter):
    """This formatter will write one JSON object a line with a fixed set of fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in KEPT if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
