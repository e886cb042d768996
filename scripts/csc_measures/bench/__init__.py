"""
The benchmark, `measures bench`: how long a night takes, and how long the same work takes without it.

All of it is timed in one run on one machine: a night, the next one, and their parts; the least that three
large parts can take (the compiled SQL alone, reading the delivered files, writing the published tables); and
five measures as people would write them in Polars, pandas and PySpark, with equal results.
"""
