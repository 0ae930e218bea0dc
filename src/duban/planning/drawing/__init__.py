"""The optimal draw, pure: no database, no clock. A plan turns an instance into whole-number chances; the rounding and the
teams then need nothing but those numbers and the seed. docs/draw.md describes every step.
"""
