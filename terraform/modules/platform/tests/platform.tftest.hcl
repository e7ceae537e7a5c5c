mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/sirius-test/serviceAccounts/someone@sirius-test.iam.gserviceaccount.com"
      email  = "someone@sirius-test.iam.gserviceaccount.com"
      member = "serviceAccount:someone@sirius-test.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_sql_database_instance" {
    defaults = { connection_name = "sirius-test:europe-west3:sirius" }
  }
  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.example.", type = "CNAME", data = "1.authorize.example." }]
    }
  }
}

variables {
  project     = "sirius-test"
  region      = "europe-west3"
  environment = "test"
  domain      = { name = "sirius.example.org" }
  emails      = ["ops@example.org"]
}

run "the_parts_fit" {
  assert {
    condition     = google_service_account_iam_member.pod["app"].member == "serviceAccount:sirius-test.svc.id.goog[sirius/sirius]"
    error_message = "Sirius' pods act as its service account: ${google_service_account_iam_member.pod["app"].member}"
  }
  # tests/terraform/test_values.py holds the same values to the chart's schema.
  assert {
    condition     = yamldecode(output.sirius_values).cloudSql.instance == "sirius-test:europe-west3:sirius"
    error_message = "The values for the chart name another database."
  }
  assert {
    condition     = yamldecode(output.sirius_values).blobs.url == "gs://sirius-test-pictures"
    error_message = "The values for the chart name another bucket."
  }
  assert {
    condition     = yamldecode(output.stack_values).loki.loki.limits_config.retention_period == "720h" && google_service_account_iam_member.pod["loki"].member == "serviceAccount:sirius-test.svc.id.goog[sirius/obs-loki]"
    error_message = "Loki keeps lines for 30 days, and acts as its service account."
  }
  assert {
    condition     = !strcontains(lower(output.sirius_values), "password")
    error_message = "No secret belongs into values."
  }
}

run "an_unknown_region_and_range_are_refused" {
  command = plan

  variables {
    region = "europe-west99"
    ranges = { nods = "10.0.0.0/20" }
  }
  expect_failures = [var.region, var.ranges]
}
