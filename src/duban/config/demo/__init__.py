"""The demo campaign: a fictional city is built and 21 rounds are replayed through the operations users call.

`place` builds the city, `cast` its accounts, `days` plays each day in time order, `tally` counts what came out.
Words and places come from the pack's demo.yaml; nothing is inserted past an operation and no figure is canned.
"""
