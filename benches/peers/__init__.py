"""Sirius beside what people would use instead, on one machine and in one run: `make bench-peers`.

`works` says what is asked for and of whom, `services` starts those who answer, `load` is wrk and what it measures,
`machine` reads processors and memory from /proc, `figures` makes medians of rounds, `pages` writes them into docs/.
`flask` is a service of the usual tutorial shape, written for this.
"""
