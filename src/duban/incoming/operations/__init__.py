"""Every write on texts that arrive, by subject: receiving and correcting, deciding."""

from duban.incoming.operations.deciding import attach_text, confirm_text, discard_text
from duban.incoming.operations.receiving import (
    correct_text,
    hand_out_original,
    receive_text,
    undo_correction,
)  # fmt: skip

__all__ = [
    "attach_text", "confirm_text", "correct_text", "discard_text", "hand_out_original", "receive_text",
    "undo_correction",
]  # fmt: skip
