variable "project" {
  description = "The project's ID, such as sirius-dev-4711. Names of buckets begin with it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "region" {
  description = "Where everything is, such as europe-west3."
  type        = string

  validation {
    condition     = contains(local.regions, var.region)
    error_message = "region is \"${var.region}\", which modules/platform/regions.tf does not know; allowed are ${join(", ", local.regions)}."
  }
}

variable "environment" {
  description = "What the environment is called, for labels."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment))
    error_message = "environment is \"${var.environment}\"; allowed are up to 16 lower-case letters, digits and hyphens, such as dev."
  }
}

variable "protected" {
  description = "Whether cluster, database and buckets are protected from being destroyed, and deleted pictures kept."
  type        = bool
  default     = true
}

variable "domain" {
  description = "The domain, whether its zone is made here or is there already, and the hosts by what they are for."
  type = object({
    name        = string
    create_zone = optional(bool, true)
    zone        = optional(string)
    hosts       = optional(map(string), { page = "www" })
  })
}

variable "ranges" {
  description = "The network's ranges where they differ from the defaults of modules/network. Peered networks must not overlap: give each environment its own."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.ranges), ["nodes", "public", "pods", "services", "private_services", "control_plane"])) == 0
    error_message = "ranges has ${join(", ", setsubtract(keys(var.ranges), ["nodes", "public", "pods", "services", "private_services", "control_plane"]))}; allowed are nodes, public, pods, services, private_services and control_plane."
  }
}

variable "flow_logs_sampling" {
  description = "The share of connections of the private subnet that are logged, from 0 to 1."
  type        = number
  default     = 0
}

variable "cluster" {
  description = "The cluster: Autopilot or Standard with a pool of nodes, how early it is upgraded, who may reach its control plane by IP address, whether it is backed up."
  type = object({
    autopilot           = optional(bool, true)
    node_pool           = optional(object({ machine_type = optional(string), min_per_zone = optional(number), max_per_zone = optional(number), disk_gb = optional(number), spot = optional(bool) }))
    release_channel     = optional(string, "REGULAR")
    authorized_networks = optional(map(string), {})
    backup              = optional(bool, true)
  })
  default = {}
}

variable "database" {
  description = "The database's machine, whether it has a stand-by, and its disk in GB."
  type = object({
    tier              = optional(string, "db-custom-2-7680")
    high_availability = optional(bool, true)
    disk_gb           = optional(number, 20)
  })
  default = {}
}

variable "signed_addresses" {
  description = "Whether Sirius may send clients to the bucket by signed addresses (blobs.delivery = \"redirect\")."
  type        = bool
  default     = false
}

variable "log_days" {
  description = "For how many days Loki keeps lines; the same as in its values."
  type        = number
  default     = 30

  validation {
    condition     = var.log_days >= 1 && var.log_days <= 3650
    error_message = "log_days is ${var.log_days}; allowed is a number from 1 to 3650."
  }
}

variable "trace_days" {
  description = "For how many days Tempo keeps traces; the same as in its values."
  type        = number
  default     = 7

  validation {
    condition     = var.trace_days >= 1 && var.trace_days <= 365
    error_message = "trace_days is ${var.trace_days}; allowed is a number from 1 to 365."
  }
}

variable "emails" {
  description = "Who gets the mails about the page and the bill."
  type        = set(string)
}

variable "budget" {
  description = "The month's budget; null for none."
  type        = object({ billing_account = string, amount = number, currency = optional(string, "EUR") })
  default     = null
}

variable "release_service_account" {
  description = "Who pushes images and charts: the output of terraform/bootstrap. Without it nobody but the project's owners can."
  type        = string
  default     = null
}

variable "namespaces" {
  description = "The namespaces of Sirius, of Loki and Tempo (charts/sirius-stack puts all into one), and of External Secrets."
  type = object({
    sirius           = optional(string, "sirius")
    monitoring       = optional(string, "sirius")
    external_secrets = optional(string, "external-secrets")
  })
  default = {}

  validation {
    condition     = alltrue([for namespace in var.namespaces : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", namespace))])
    error_message = "namespaces: ${join(", ", values(var.namespaces))}; allowed are lower-case letters, digits and hyphens."
  }
}

variable "labels" {
  description = "Further labels of everything, for the bill."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: allowed are up to 63 lower-case letters, digits, hyphens and underscores; keys begin with a letter."
  }
}
