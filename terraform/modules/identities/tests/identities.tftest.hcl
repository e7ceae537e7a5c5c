mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/sirius-test/serviceAccounts/someone@sirius-test.iam.gserviceaccount.com"
      email  = "someone@sirius-test.iam.gserviceaccount.com"
      member = "serviceAccount:someone@sirius-test.iam.gserviceaccount.com"
    }
  }
}

variables {
  project = "sirius-test"
  accounts = {
    sirius = { description = "What Sirius runs as", project_roles = ["roles/cloudsql.client"], signs = true }
    loki   = { description = "What Loki runs as" }
  }
}

run "each_has_its_own_roles_and_no_other" {
  assert {
    condition     = [for member in google_project_iam_member.this : member.role] == ["roles/cloudsql.client"]
    error_message = "Sirius has what was named, Loki has nothing."
  }
  assert {
    condition     = keys(google_service_account_iam_member.signs) == ["sirius"]
    error_message = "Only Sirius signs addresses."
  }
  assert {
    condition     = google_service_account.this["loki"].account_id == "sirius-loki"
    error_message = "The name is prefix and key."
  }
}

run "roles_that_may_do_everything_are_refused" {
  command = plan

  variables {
    accounts = { sirius = { description = "", project_roles = ["roles/editor"] } }
  }
  expect_failures = [var.accounts]
}
