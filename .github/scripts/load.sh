#!/usr/bin/env bash
# Loads the Sirius at TEST_URL as programs and as people with browsers do; ends with the code of the last suite that
# was not well. Run by tests/with-sirius.
set -euo pipefail

export TARGET=$TEST_URL ADMIN=$TEST_ADMIN_URL
status=0
for suite in smoke average journey; do
    loadtest/run "$suite" || status=$?
done
exit "$status"
