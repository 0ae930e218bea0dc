"""What the engine knows of its tables. PostgreSQL keeps this itself; SQLite chooses indexes blindly until it is told."""

from datetime import datetime

from django.db import connection

from duban.kernel import clock, jobs

TAKEN_AT = (3, 20)
MOST_ROWS = (
    1000  # read per index: enough to tell a rare key from a common one, and short however large the table is
)


@jobs.sweep("take_statistics", order=95)
def take_statistics(at: datetime) -> int:
    """This function will have SQLite look at its tables once a night (1), else return 0."""
    local = clock.local(at)
    if connection.vendor != "sqlite" or (local.hour, local.minute) != TAKEN_AT:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit = {MOST_ROWS}")
        cursor.execute("ANALYZE")
    return 1
