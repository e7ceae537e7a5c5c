"""Counting visits on each database: what it costs beside a counter in memory, what sharing commits is worth, what more
replicas give, and what years of visits and a million images change.

`make bench-databases` runs all of it in six to eight minutes and writes docs/benchmarks.md. The databases are real ones, with
their default settings, and everything is on one machine: ratios say more than rates.
"""
