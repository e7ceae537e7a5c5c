variable "project" {
  description = "The project's ID, such as sirius-dev-4711."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "services" {
  description = "The APIs by their full names."
  type        = set(string)
  default = [
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "certificatemanager.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "dns.googleapis.com",
    "gkebackup.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
  ]

  validation {
    condition     = alltrue([for service in var.services : can(regex("^[a-z]+\\.googleapis\\.com$", service))])
    error_message = "services holds a name that is no API; allowed are names such as compute.googleapis.com."
  }
}
