mock_provider "google" {}

variables {
  project          = "sirius-test"
  region           = "europe-west3"
  network          = "projects/sirius-test/global/networks/sirius"
  private_services = "servicenetworking"
  service_account  = "sirius@sirius-test.iam.gserviceaccount.com"
}

run "nothing_acknowledged_is_lost_and_nobody_outside_gets_in" {
  command = plan

  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled
    error_message = "The database has no public address."
  }
  assert {
    condition     = google_sql_database_instance.this.settings[0].availability_type == "REGIONAL" && google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    error_message = "High availability and point-in-time recovery are the default."
  }
  assert {
    condition     = contains([for flag in google_sql_database_instance.this.settings[0].database_flags : "${flag.name}=${flag.value}"], "cloudsql.iam_authentication=on")
    error_message = "Sirius logs in by IAM."
  }
  assert {
    condition     = google_sql_user.sirius.type == "CLOUD_IAM_SERVICE_ACCOUNT" && google_sql_user.sirius.name == "sirius@sirius-test.iam" && google_sql_user.sirius.password == null
    error_message = "PostgreSQL knows the service account by its address without .gserviceaccount.com, and no password."
  }
  assert {
    condition     = output.url == "postgres://sirius%40sirius-test.iam@127.0.0.1:5432/sirius"
    error_message = "The @ of the user's name must be written as %40, or what follows is taken for the host: ${output.url}"
  }
}

run "what_could_lose_visits_is_refused" {
  command = plan

  variables {
    flags            = { synchronous_commit = "off" }
    retained_backups = 3
    disk_limit_gb    = 15
    tier             = "db-custom-2-1000"
  }
  expect_failures = [var.flags, var.retained_backups, var.disk_limit_gb, var.tier]
}

run "the_peering_comes_first" {
  command = plan

  variables {
    private_services = ""
  }
  expect_failures = [google_sql_database_instance.this]
}
