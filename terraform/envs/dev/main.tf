# To try things in: cheap, and gone when it is destroyed.

module "platform" {
  source      = "../../modules/platform"
  environment = "dev"

  project                 = var.project
  region                  = var.region
  domain                  = var.domain
  emails                  = var.emails
  budget                  = var.budget
  release_service_account = var.release_service_account

  protected  = false
  cluster    = { release_channel = "REGULAR", backup = false }
  database   = { tier = "db-f1-micro", high_availability = false, disk_gb = 10 }
  log_days   = 7
  trace_days = 2
  ranges = {
    nodes            = "10.10.0.0/20"
    public           = "10.10.16.0/24"
    pods             = "10.16.0.0/16"
    services         = "10.17.0.0/20"
    private_services = "10.18.0.0/20"
  }
}
