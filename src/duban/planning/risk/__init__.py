"""Risk of a site (点位风险): points that add up, each with its reason and the rows behind it; and its examination.

`site_scores` reads what is on record about places. No person, no inspector, no team and no covert work enters a score
(docs/risk.md). `examination` tries the same kind of score on a history of inspections (`duban risk evaluate`).
"""

from duban.planning.risk.scores import Opened, Reason, Score
from duban.planning.risk.site_scores import site_scores
from duban.planning.risk.table import Table, table_in_force

__all__ = ["Opened", "Reason", "Score", "Table", "site_scores", "table_in_force"]
