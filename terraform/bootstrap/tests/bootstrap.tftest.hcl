mock_provider "google" {
  # Nothing is applied, because the bucket refuses to be destroyed afterwards.
  override_during = plan
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/sirius-ops/serviceAccounts/someone@sirius-ops.iam.gserviceaccount.com"
      email  = "someone@sirius-ops.iam.gserviceaccount.com"
      member = "serviceAccount:someone@sirius-ops.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/1/locations/global/workloadIdentityPools/github" }
  }
}

variables {
  project              = "sirius-ops"
  projects             = { dev = "sirius-dev", prod = "sirius-prod" }
  github_repository    = "example/sirius"
  github_repository_id = "123456789"
}

run "only_this_repository_and_only_the_named_jobs" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository_id == \"123456789\""
    error_message = "Without the condition, every repository of GitHub is let in."
  }
  assert {
    condition     = google_service_account_iam_member.github["apply prod"].member == "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/subject/repo:example/sirius:environment:infrastructure-prod"
    error_message = "Only a job of the environment, which somebody has approved, may apply."
  }
  assert {
    condition     = alltrue([for member in google_service_account_iam_member.github : startswith(member.member, "principal://")])
    error_message = "A principalSet lets in more than one kind of job."
  }
  assert {
    condition     = alltrue([for grant in google_project_iam_member.this : !contains(["roles/owner", "roles/editor"], grant.role)])
    error_message = "Nobody owns the projects but people."
  }
  assert {
    condition     = google_storage_bucket_iam_member.state["plan"].role == "roles/storage.objectViewer" && google_storage_bucket.state.versioning[0].enabled
    error_message = "A plan changes no state, and every state is kept."
  }
}

run "bad_values_are_refused" {
  command = plan

  variables {
    projects             = { dev = "sirius-ops" }
    github_repository    = "https://github.com/example/sirius"
    github_repository_id = "sirius"
    location             = "Frankfurt"
  }
  expect_failures = [var.projects, var.github_repository, var.github_repository_id, var.location]
}
