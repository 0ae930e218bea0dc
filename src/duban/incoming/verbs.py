"""Journal verbs of texts that arrive, each with one sentence."""

VERBS = {}
