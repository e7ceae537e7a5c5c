mock_provider "google" {}

variables {
  project = "sirius-test"
  host    = "www.sirius.example.org"
  emails  = ["ops@example.org"]
  budget  = { billing_account = "012345-6789AB-CDEF01", amount = 300 }
}

run "the_page_and_the_bill_are_watched" {
  assert {
    condition     = google_monitoring_uptime_check_config.page.http_check[0].path == "/healthz" && google_monitoring_uptime_check_config.page.http_check[0].validate_ssl
    error_message = "A check of / would count a visit every minute."
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.unreachable.conditions[0].condition_threshold[0].filter, google_monitoring_uptime_check_config.page.uptime_check_id)
    error_message = "The alert looks at another check."
  }
  assert {
    condition     = length(google_monitoring_alert_policy.unreachable.notification_channels) == 1 && google_billing_budget.this[0].amount[0].specified_amount[0].units == "300"
    error_message = "Somebody gets the mail, and the budget is the one that was named."
  }
}

run "without_a_budget_there_is_none" {
  command = plan

  variables {
    budget = null
  }
  assert {
    condition     = length(google_billing_budget.this) == 0
    error_message = "There is a budget though none was named."
  }
}

run "bad_values_are_refused" {
  command = plan

  variables {
    host   = "https://www.example.org/"
    emails = []
    budget = { billing_account = "mine", amount = 0.5 }
  }
  expect_failures = [var.host, var.emails, var.budget]
}
