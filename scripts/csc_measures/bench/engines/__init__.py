"""
Five measures of different shape, written in several engines from their definitions.

A module has one function for each measure. It takes what is `Given` and returns what the measure comes to at
the end of each month for everybody, as far as it knows any case: {month end: (numerator, denominator)}, with
no denominator where a measure is a count. `begun`, where a module has it, starts the engine.
"""
