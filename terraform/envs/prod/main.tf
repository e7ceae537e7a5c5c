# What people use: a database with a stand-by, backups, nothing that a slip can destroy.

module "platform" {
  source      = "../../modules/platform"
  environment = "prod"

  project                 = var.project
  region                  = var.region
  domain                  = var.domain
  emails                  = var.emails
  budget                  = var.budget
  release_service_account = var.release_service_account

  protected  = true
  cluster    = { release_channel = "STABLE", backup = true }
  database   = { tier = "db-custom-2-7680", high_availability = true, disk_gb = 20 }
  log_days   = 30
  trace_days = 7
  # Others than dev's, so that the two can be peered.
  ranges = {
    nodes            = "10.40.0.0/20"
    public           = "10.40.16.0/24"
    pods             = "10.44.0.0/16"
    services         = "10.45.0.0/20"
    private_services = "10.46.0.0/20"
    control_plane    = "172.16.1.0/28"
  }
}
