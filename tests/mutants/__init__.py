"""
A check of the tests: each of many one-line mutants of the project, one at a time, must make a test fail.

`python -m tests.mutants` tries them all in a copy of the project and writes `report.txt`; `--only PATTERN`
tries those whose file or text holds the pattern. A line that no test notices is not tested.
"""
