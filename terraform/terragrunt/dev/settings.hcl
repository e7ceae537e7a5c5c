# The variables of modules/platform. The same as envs/dev.

locals {
  project = "sirius-dev-4711"
  region  = "europe-west3"
  domain  = { name = "dev.sirius.example.org" }
  emails  = ["ops@example.org"]

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
