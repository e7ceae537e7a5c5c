"""The logic of the benchmarks in Python, without servers: what they make of figures."""
