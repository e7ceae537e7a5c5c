# PostgreSQL, reached by a private address only. Sirius logs in as its service account: there is no password to leak.

resource "google_sql_database_instance" "this" {
  project             = var.project
  name                = var.name
  region              = var.region
  database_version    = var.database_version
  deletion_protection = var.deletion_protection

  settings {
    tier                        = var.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.high_availability ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = var.disk_gb
    disk_autoresize             = true
    disk_autoresize_limit       = var.disk_limit_gb
    deletion_protection_enabled = var.deletion_protection # of the API's own, also against gcloud and the console
    user_labels                 = var.labels

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" # the Auth Proxy brings one
    }
    backup_configuration {
      enabled                        = true
      start_time                     = "01:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = var.point_in_time_days

      backup_retention_settings {
        retained_backups = var.retained_backups
        retention_unit   = "COUNT"
      }
    }
    maintenance_window {
      day          = 3 # Wednesday
      hour         = 3
      update_track = "stable"
    }
    insights_config {
      query_insights_enabled  = true
      record_application_tags = false
      record_client_address   = false
    }

    # An acknowledged visit is a visit that is on the disk: synchronous_commit stays on, as it is by default.
    dynamic "database_flags" {
      for_each = merge({ "cloudsql.iam_authentication" = "on", "log_min_duration_statement" = "500" }, var.flags)
      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    precondition {
      condition     = var.private_services != ""
      error_message = "The database needs the peering of private service access (the network's output private_services) first."
    }
    # It grows by itself; Terraform must not want to shrink it, which would make it anew.
    ignore_changes = [settings[0].disk_size]
  }
}

resource "google_sql_database" "sirius" {
  project  = var.project
  name     = var.database
  instance = google_sql_database_instance.this.name
  # With the instance it goes, without it it stays: removing a line here must not drop what is counted.
  deletion_policy = "ABANDON"
}

resource "google_sql_user" "sirius" {
  project  = var.project
  instance = google_sql_database_instance.this.name
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
  # PostgreSQL's names are too short for the whole address.
  name            = trimsuffix(var.service_account, ".gserviceaccount.com")
  deletion_policy = "ABANDON"
}
