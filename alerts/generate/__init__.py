"""Makes the rules of Prometheus in alerts/rules of alerts/slo.yaml and of the causes in alerts/causes.

`definition` reads and checks slo.yaml, `burn` makes recording rules and burn-rate alerts of it, `causes` completes the
hand-written alerts, `output` writes. Run by `make rules`.
"""
