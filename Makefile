# `make` lists what there is to do. Everything here also runs by hand: each target is one or two plain commands.
.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

export PATH := $(CURDIR)/.tools/bin:$(PATH)
TEST_BINARY ?= $(or $(CARGO_TARGET_DIR),target)/debug/sirius
export TEST_BINARY
# Where release builds are, also where there is no other build.
RELEASE := $(or $(CARGO_TARGET_DIR),target)/release

heading = @printf '\n==> %s\n' "$(1)"

.PHONY: help
help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

.PHONY: run
run: ## start Sirius on http://127.0.0.1:8080 with its data in ./data
	cargo run --release

.PHONY: stack
stack: ## Sirius and all that watches over it, without containers (STACK=--help tells what can be chosen)
	cargo build
	@PYTHONPATH=tests:alerts:stack .tools/python/bin/python -m local $(STACK)

.PHONY: drill
drill: ## break something on purpose and follow the page to its cause: make drill NAME=outage (DRILL=--help for more)
	cargo build
	@PYTHONPATH=tests:alerts:stack .tools/python/bin/python -m local.drill $(DRILL) $(or $(NAME),--help)

.PHONY: drills
drills: ## all drills, one after the other
	@$(MAKE) --no-print-directory drill NAME=all

.PHONY: healthy-hour
healthy-hour: ## an hour of people and no incident: nobody may be told anything (HEALTHY="--minutes 2 --rate 50")
	cargo build
	@PYTHONPATH=tests:alerts:stack .tools/python/bin/python -m local.healthy $(HEALTHY)

.PHONY: test
test: setup lint test-rust test-contract test-databases test-telemetry test-stores test-alerts test-dashboards test-compose test-loadtest test-benches test-clients test-browser test-readme test-examples test-image test-terraform test-pipelines test-charts ## install what the tests need, then check everything
	$(call heading,Everything passed)

.PHONY: setup
setup: ## install the test tools (only those that are missing)
	$(call heading,Set-up)
	@tools/setup

.PHONY: lint
lint: lint-rust lint-dependencies lint-openapi lint-scripts ## all linters

.PHONY: lint-rust
lint-rust: ## formatting and clippy, warnings as errors
	$(call heading,Formatting and clippy)
	cargo fmt --check
	cargo clippy --all-targets --all-features -- -D warnings

.PHONY: lint-dependencies
lint-dependencies: ## advisories, licences, bans, sources, and dependencies that nothing uses
	$(call heading,Dependencies)
	tools/advisories
	cargo deny --all-features check bans licenses sources
	cargo machete

.PHONY: lint-openapi
lint-openapi: ## the committed OpenAPI document
	$(call heading,OpenAPI document)
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true redocly lint openapi/openapi.json

.PHONY: lint-scripts
lint-scripts: ## shell scripts and YAML
	$(call heading,Shell scripts and YAML)
	git grep --untracked -lzE '^#!.*\b(ba|da)?sh$$' -- ':!*.md' | xargs -0 shellcheck --external-sources
	git ls-files -z --cached --others --exclude-standard -- '*.yml' '*.yaml' .yamllint | xargs -0 yamllint --strict

.PHONY: test-rust
test-rust: ## unit and integration tests
	$(call heading,Rust tests)
	cargo test

.PHONY: test-contract
test-contract: ## the running API against its OpenAPI document
	$(call heading,API against its OpenAPI document)
	cargo build
	tests/contract/run

.PHONY: test-databases
test-databases: ## PostgreSQL and MariaDB: what a database has to do, also while it fails
	$(call heading,Real databases)
	cargo build
	tests/databases/run

.PHONY: test-telemetry
test-telemetry: ## metrics, traces and lines in a real Prometheus, Jaeger and Loki, also while these fail
	$(call heading,Telemetry in real servers)
	cargo build
	tests/telemetry/run

.PHONY: test-stores
test-stores: ## image bytes in buckets of real S3, Google Cloud Storage and Azure servers
	$(call heading,Bytes in buckets)
	cargo build
	tests/stores/run

.PHONY: test-alerts
test-alerts: ## the alerts: rules in a real Prometheus, their way through a real Alertmanager, runbooks
	$(call heading,Alerts)
	cargo build
	tests/alerts/run

.PHONY: test-dashboards
test-dashboards: ## the dashboards: their files, and every query in a real Prometheus and Loki under load
	$(call heading,Dashboards)
	cargo build
	tests/dashboards/run

.PHONY: test-compose
test-compose: ## the stack in containers, as the readers of each of its files understand it
	$(call heading,The stack in containers)
	tests/compose/run

.PHONY: test-loadtest
test-loadtest: ## the load tests: their requests against the OpenAPI document, every suite against Sirius and worse
	$(call heading,Load tests)
	cargo build
	tests/loadtest/run

.PHONY: test-benches
test-benches: ## what the benchmarks make of their figures, and that Sirius runs below valgrind
	$(call heading,Benchmarks)
	cargo build
	tests/benches/run

.PHONY: test-browser
test-browser: ## the page and the Swagger UI in headless Chromium
	$(call heading,The page and the Swagger UI in Chromium)
	cargo build
	tests/browser/run

.PHONY: test-clients
test-clients: ## clients that generators make of the OpenAPI document
	$(call heading,Generated clients)
	cargo build
	tests/clients/run

.PHONY: test-charts
test-charts: ## the charts against Helm, a real Kubernetes API server and Sirius itself
	$(call heading,Charts)
	cargo build
	tests/charts/run

.PHONY: check-parts
check-parts: ## the umbrella's values against its real parts (needs `make setup` and the internet)
	helm dependency build charts/sirius-stack
	PYTHONPATH=tests .tools/python/bin/python -m charts.parts

.PHONY: charts
charts: ## write what in charts/ and deploy/manifests is made of other files (needs `make setup`)
	charts/generate

.PHONY: test-examples
test-examples: ## the examples of docs/api.md, as they are written
	$(call heading,Examples)
	cargo build
	tests/examples/run

.PHONY: test-readme
test-readme: ## the calls of README.md, as they are written
	$(call heading,README)
	cargo build
	tests/readme/run

.PHONY: rules
rules: ## alerts/rules and loadtest/thresholds.json from alerts/slo.yaml and alerts/causes (RULES=--help tells what else it can do)
	@PYTHONPATH=alerts .tools/python/bin/python -m generate $(RULES)
	@[[ -n '$(RULES)' ]] || PYTHONPATH=alerts:loadtest .tools/python/bin/python -m runner.thresholds

.PHONY: dashboards
dashboards: ## dashboards/*.json from dashboards/generate
	@PYTHONPATH=alerts .tools/python/bin/python -m dashboards.generate

.PHONY: box
box: ## stack/alertmanager/alertmanager.yml from alerts/alertmanager.yml
	@PYTHONPATH=alerts .tools/python/bin/python stack/box.py

.PHONY: test-image
test-image: ## the Dockerfile, and its last stage laid out and run as its user in a read-only root
	$(call heading,Image)
	cargo build
	tests/image/run

.PHONY: test-terraform
test-terraform: ## terraform/: format, tflint, validate, and each module's tests with mocked providers
	$(call heading,Terraform)
	tests/terraform/run

.PHONY: test-pipelines
test-pipelines: ## the workflows, and the tests of their scripts
	$(call heading,Pipelines)
	.github/scripts/test

.PHONY: loadtest
loadtest: ## load a running Sirius: make loadtest SUITE=average TARGET=http://127.0.0.1:8080 (docs/loadtest.md)
	@loadtest/run $(or $(SUITE),average)

.PHONY: loadtest-compare
loadtest-compare: ## the last load test beside the one before it, as ratios (SUITE=average for those of one suite)
	@loadtest/run compare $(SUITE)

.PHONY: bench
bench: ## the benchmarks behind docs/benchmarks.md
	cargo bench --bench '*'

.PHONY: bench-telemetry
bench-telemetry: ## what observing costs, in CPU and in instructions (needs `make setup`)
	cargo bench --bench telemetry

.PHONY: bench-peers
bench-peers: ## Sirius beside bare hyper, bare poem-openapi, nginx and Flask (installs what is missing of them); BEFORE=PROGRAM: is it slower?
	@tools/setup peers
	cargo build --release --features bare --bins
	@PYTHONPATH=tests:benches:loadtest TEST_BINARY=$(RELEASE)/sirius \
		BARE_BINARY=$(RELEASE)/bare .tools/python/bin/python -m peers

.PHONY: bench-databases
bench-databases: ## counting visits on each database, beside a counter in memory; replicas; years of visits (installs what is missing)
	@tools/setup peers
	cargo build --release --features bare --bins
	@PYTHONPATH=tests:benches TEST_BINARY=$(RELEASE)/sirius \
		BARE_BINARY=$(RELEASE)/bare .tools/python/bin/python -m counts

.PHONY: bench-capacity
bench-capacity: ## the measured points of docs/capacity.md, and what follows of them
	@tools/setup peers
	cargo build --release --features bare --bins
	@PYTHONPATH=tests:benches TEST_BINARY=$(RELEASE)/sirius PACE_BINARY=$(RELEASE)/pace \
		.tools/python/bin/python -m capacity measure

.PHONY: capacity
capacity: ## the worksheet of docs/capacity.md for other assumptions: make capacity WITH="rate=5000 vcpu=0.7"
	@PYTHONPATH=tests:benches .tools/python/bin/python -m capacity with $(WITH)

limits = PYTHONPATH=tests:benches:loadtest TEST_BINARY=$(RELEASE)/sirius \
	PACE_BINARY=$(RELEASE)/pace .tools/python/bin/python -m limits

.PHONY: bench-overload
bench-overload: ## more than can be answered, also on a slow disk (installs what is missing)
	@tools/setup peers
	cargo build --release --features bare --bins
	@$(limits) overload

.PHONY: breakpoint
breakpoint: ## the most that is answered in time, and what is full then: of a Sirius at TARGET (and ADMIN), or its own
	@[[ -n '$(TARGET)' ]] || cargo build --release --features bare --bins
	@$(limits) breakpoint

.PHONY: soak
soak: ## an hour at 70 % of the knee that make bench-overload found (DURATION=2m RATE=1000): does anything grow?
	cargo build --release --features bare --bins
	@$(limits) soak

.PHONY: bench-rules
bench-rules: ## what a cycle of all rules takes on three days of ten replicas (needs `make setup`)
	PYTHONPATH=tests:alerts .tools/python/bin/python -m alerts.bench_rules

.PHONY: faults
faults: setup ## the long runs: what `make test` does briefly, for longer
	cargo test --release --test it -- --ignored --nocapture --skip databases::
	fuzz/run
	cargo build --release
	TEST_BINARY=$(RELEASE)/sirius tests/contract/run --max-time 600 --max-examples 100000
	TEST_BINARY=$(RELEASE)/sirius \
		OUTAGE_SECONDS=600 OUTAGE_RATE=50 STRANGERS_SECONDS=600 tests/telemetry/run -k Outages -k Strangers
	TEST_BINARY=$(RELEASE)/sirius \
		KILL_ROUNDS=20 PARTITION_SECONDS=60 ROLLING_ROUNDS=20 FULL_DISKS=1 tests/databases/run \
		-k test_killed -k test_network -k test_replicas -k test_disk -k test_failover

.PHONY: clean-tools
clean-tools: ## remove the test tools, also from the cache shared with other clones
	rm -rf .tools tests/browser/node_modules "$${XDG_CACHE_HOME:-$$HOME/.cache}/sirius-tools"
