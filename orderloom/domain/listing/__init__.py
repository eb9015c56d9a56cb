"""How many units each listing may sell: pure functions from observed state to moves (docs/decisions/0006).

All counts are component units unless a name says `quantity`; all times are seconds on one clock, as floats.
`observe` turns what was seen into state, `plan` turns state into moves. A publisher carries the moves out.
"""
