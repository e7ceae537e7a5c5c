# Where images and charts lie, each in a repository of its own. What is deployed, and which signature belongs to which image,
# is known to the clean-up of the pipelines only (.github/workflows/cleanup.yml). The registry's own housekeeping is the net
# below it, for those who do not run that: it deletes nothing but commits' images (sha-...) that are far older than any
# deployment may get, and keeps every release (v...) and the newest.

resource "google_artifact_registry_repository" "this" {
  for_each = var.repositories

  project                = var.project
  repository_id          = each.key
  location               = var.region
  description            = each.value.description
  format                 = "DOCKER" # OCI charts, too
  cleanup_policy_dry_run = var.cleanup_dry_run
  labels                 = var.labels

  docker_config {
    immutable_tags = each.value.immutable_tags
  }
  vulnerability_scanning_config {
    enablement_config = var.vulnerability_scanning ? "INHERITED" : "DISABLED"
  }

  # Where a version is to be kept and to be deleted, it is kept.
  cleanup_policies {
    id     = "keep-releases"
    action = "KEEP"
    condition {
      tag_state    = "TAGGED"
      tag_prefixes = ["v"]
    }
  }
  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = var.keep_newest
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state    = "TAGGED"
      tag_prefixes = ["sha-"]
      older_than   = "${var.keep_days * 86400}s"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "this" {
  for_each = merge(
    { for pair in setproduct(keys(var.repositories), keys(var.readers)) : "${pair[0]} reader ${pair[1]}" => { repository = pair[0], role = "reader", email = var.readers[pair[1]] } },
    { for pair in setproduct(keys(var.repositories), keys(var.writers)) : "${pair[0]} writer ${pair[1]}" => { repository = pair[0], role = "writer", email = var.writers[pair[1]] } },
  )

  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.this[each.value.repository].name
  role       = "roles/artifactregistry.${each.value.role}"
  member     = "serviceAccount:${each.value.email}"
}
