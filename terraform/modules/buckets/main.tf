# Buckets for bytes: the pictures, and what Loki and Tempo keep. Nobody outside reads them, whoever grants what on an object.

resource "google_storage_bucket" "this" {
  for_each = var.buckets

  project                     = var.project
  name                        = "${var.prefix}-${each.key}"
  location                    = var.location
  storage_class               = "STANDARD"
  force_destroy               = var.force_destroy
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = var.labels

  # What is overwritten or deleted by mistake can be had again.
  versioning {
    enabled = each.value.versioned
  }
  soft_delete_policy {
    retention_duration_seconds = each.value.soft_delete_days * 86400
  }

  dynamic "lifecycle_rule" {
    for_each = each.value.versioned ? [each.value.noncurrent_days] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = lifecycle_rule.value
        with_state                 = "ARCHIVED"
      }
    }
  }
  # For data that somebody else lets expire: what their housekeeping has missed.
  dynamic "lifecycle_rule" {
    for_each = each.value.delete_after_days == null ? [] : [each.value.delete_after_days]
    content {
      action {
        type = "Delete"
      }
      condition {
        age = lifecycle_rule.value
      }
    }
  }
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }
}

# Objects, not the bucket: whoever writes pictures cannot open the bucket to others.
resource "google_storage_bucket_iam_member" "user" {
  for_each = var.buckets

  bucket = google_storage_bucket.this[each.key].name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${each.value.user}"
}
