mock_provider "google" {}

variables {
  project = "sirius-test"
}

run "apis_stay_on_when_terraform_goes" {
  command = plan

  assert {
    condition     = alltrue([for service in google_project_service.this : service.disable_on_destroy == false])
    error_message = "Switching an API off would delete what it manages."
  }
  assert {
    condition     = contains(keys(google_project_service.this), "servicenetworking.googleapis.com")
    error_message = "Without service networking the database gets no private address."
  }
}

run "refuses_what_is_no_project_and_no_api" {
  command = plan

  variables {
    project  = "Sirius"
    services = ["compute"]
  }
  expect_failures = [var.project, var.services]
}
