"""
All measures once more, in plain Python, from the words of the definitions and without sight of the SQL.

Two calculations that share nothing but the words agree only where the words are clear and both are right.
`compare.py` holds one against the other; `measures/` has one function for each measure.
"""
