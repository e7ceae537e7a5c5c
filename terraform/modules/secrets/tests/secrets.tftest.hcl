mock_provider "google" {}

variables {
  project = "sirius-test"
  region  = "europe-west3"
  secrets = { admin-token = "Lets operators in to the admin port" }
  readers = { external-secrets = "external-secrets@sirius-test.iam.gserviceaccount.com" }
}

run "one_reader_for_each_secret_and_no_value" {
  command = plan

  assert {
    condition     = google_secret_manager_secret.this["admin-token"].secret_id == "sirius-admin-token"
    error_message = "The name is prefix and key."
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.reader["admin-token external-secrets"].role == "roles/secretmanager.secretAccessor"
    error_message = "A reader reads this secret; it may not change it, nor read others."
  }
}

run "a_bad_name_is_refused" {
  command = plan

  variables {
    secrets = { "Admin Token" = "" }
  }
  expect_failures = [var.secrets]
}
