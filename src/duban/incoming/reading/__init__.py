"""Reading official texts (收文): bytes of a file in, one plain object out. No models, no clock, no network.

Order of the work: source (decode, unpack) → repair (characters) → furniture (page parts) → grids (tables) →
paragraphs (joined lines) → recognition (head, sections, rules, demands, figures, times).
"""

from duban.incoming.reading.document import Reading, read_document

__all__ = ["Reading", "read_document"]
