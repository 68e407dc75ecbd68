"""How our services write their logs: text for people, or JSON, one object a line.

A line that is about an import has its id: as `import_id` in JSON, as `import=` in text.
"""

import json
import logging
import re
from datetime import UTC, datetime

from registry.settings.logs import LogSettings

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"

_IMPORT = re.compile(r"\bimport=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


class JsonFormatter(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, and the import it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The record on one line."""
        message = record.getMessage()
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
        }
        if about := _IMPORT.search(message):
            said["import_id"] = about[1]
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def set_up_logs(settings: LogSettings) -> None:
    """Let this process log as the settings say, on stderr."""
    handler = logging.StreamHandler()
    is_json = settings.log_format == "json"
    handler.setFormatter(JsonFormatter() if is_json else logging.Formatter(TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
