# Secrets without their values: a value that Terraform knows is a value in its state. Each gets its first version by hand
# (docs/deploy.md), and the cluster reads it through External Secrets or the chart's existing Secret.

resource "google_secret_manager_secret" "this" {
  for_each = var.secrets

  project             = var.project
  secret_id           = "${var.prefix}-${each.key}"
  labels              = var.labels
  annotations         = { description = each.value }
  version_destroy_ttl = "604800s" # a version that was destroyed by mistake can be had again for a week

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = { for pair in setproduct(keys(var.secrets), keys(var.readers)) : "${pair[0]} ${pair[1]}" => { secret = pair[0], email = var.readers[pair[1]] } }

  project   = var.project
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${each.value.email}"
}
