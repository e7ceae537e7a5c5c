mock_provider "google" {}

variables {
  project  = "sirius-test"
  prefix   = "sirius-test"
  location = "europe-west3"
  buckets = {
    pictures = { user = "sirius@sirius-test.iam.gserviceaccount.com", versioned = true, soft_delete_days = 7 }
    loki     = { user = "loki@sirius-test.iam.gserviceaccount.com", delete_after_days = 45 }
  }
}

run "private_and_forgiving" {
  command = plan

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access])
    error_message = "No grant on an object may open it to the world."
  }
  assert {
    condition     = google_storage_bucket.this["pictures"].versioning[0].enabled && !google_storage_bucket.this["loki"].versioning[0].enabled
    error_message = "Pictures are kept when they are overwritten; logs are not."
  }
  assert {
    condition     = !contains(flatten([for rule in google_storage_bucket.this["pictures"].lifecycle_rule : [for condition in rule.condition : condition.age == null ? 0 : condition.age] if rule.action != null && contains([for action in rule.action : action.type], "Delete")]), 45)
    error_message = "A picture does not go because it is old."
  }
  assert {
    condition     = google_storage_bucket_iam_member.user["loki"].role == "roles/storage.objectUser" && google_storage_bucket_iam_member.user["loki"].member == "serviceAccount:loki@sirius-test.iam.gserviceaccount.com"
    error_message = "Loki may read and write objects, in its own bucket."
  }
}

run "bad_values_are_refused" {
  command = plan

  variables {
    prefix   = "google-pictures"
    location = "Frankfurt"
    buckets  = { pictures = { user = "allUsers", soft_delete_days = 3 } }
  }
  expect_failures = [var.prefix, var.location, var.buckets]
}
