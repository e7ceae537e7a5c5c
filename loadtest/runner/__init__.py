"""What is around k6: what a run is told and may load, its results, and what they say.

`settings` reads the environment, `target` asks whether it is a Sirius, `k6` runs a suite, `samples` reads what k6
writes of each request, `watched` looks at Sirius and k6 meanwhile, `saturation` says what was full and `steady` what has
grown, `outcome` judges, `report` tells it to people, `compare` puts two runs side by side. Nothing but
Python's own library: with k6 on the path, load tests need no set-up. (`thresholds`, which makes thresholds.json of
alerts/slo.yaml, is for those who change that.)
"""
