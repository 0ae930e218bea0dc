"""Sweeps of rectification: lateness ladder, look-back samples, expired notices."""
