mock_provider "google" {}

variables {
  project = "sirius-test"
  region  = "europe-west3"
  readers = { nodes = "nodes@sirius-test.iam.gserviceaccount.com" }
  writers = { release = "release@sirius-test.iam.gserviceaccount.com" }
}

run "releases_are_kept_and_nodes_only_read" {
  command = plan

  assert {
    condition     = alltrue([for repository in google_artifact_registry_repository.this : contains([for policy in repository.cleanup_policies : policy.id if policy.action == "KEEP"], "keep-releases")])
    error_message = "A release is never deleted."
  }
  assert {
    condition     = !google_artifact_registry_repository.this["images"].docker_config[0].immutable_tags
    error_message = "What has an immutable tag cannot be deleted, so that nothing could be cleaned up."
  }
  assert {
    condition = alltrue(flatten([for repository in google_artifact_registry_repository.this : [
      for policy in repository.cleanup_policies : policy.condition[0].tag_state == "TAGGED" && tolist(policy.condition[0].tag_prefixes) == tolist(["sha-"])
      if policy.action == "DELETE"
    ]]))
    error_message = "Parts of an image and its signatures have no such tag; the registry does not know what they belong to."
  }
  assert {
    condition     = google_artifact_registry_repository_iam_member.this["images reader nodes"].role == "roles/artifactregistry.reader"
    error_message = "Nodes pull."
  }
  assert {
    condition     = length(google_artifact_registry_repository_iam_member.this) == 4 && google_artifact_registry_repository_iam_member.this["charts writer release"].role == "roles/artifactregistry.writer"
    error_message = "The release pushes images and charts, and nobody else does."
  }
  assert {
    condition     = output.urls["images"] == "europe-west3-docker.pkg.dev/sirius-test/images"
    error_message = "What names begin with: ${output.urls["images"]}"
  }
}

run "housekeeping_that_could_delete_what_runs_is_refused" {
  command = plan

  variables {
    keep_newest = 1
    keep_days   = 30
  }
  expect_failures = [var.keep_newest, var.keep_days]
}

run "accounts_that_are_none_are_refused" {
  command = plan

  variables {
    project = "Sirius"
    readers = { nodes = "serviceAccount:nodes@sirius-test.iam.gserviceaccount.com" }
    writers = { somebody = "somebody@example.org" }
    labels  = { App = "sirius" }
  }
  expect_failures = [var.project, var.readers, var.writers, var.labels]
}
