variable "project" {
  description = "The project's ID."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "region" {
  description = "The region, such as europe-west3."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; allowed is a region such as europe-west3, not a zone such as europe-west3-a."
  }
}

variable "name" {
  description = "The cluster's name."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", var.name))
    error_message = "name is \"${var.name}\"; allowed are up to 40 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "network" {
  description = "The network's id."
  type        = string
}

variable "subnet" {
  description = "The subnet of the nodes: its id, and the names of its ranges for pods and Services."
  type        = object({ id = string, pods = string, services = string })
}

variable "autopilot" {
  description = "Whether Google runs the nodes. It cannot be changed later: the cluster would be made anew."
  type        = bool
  default     = true
}

variable "node_pool" {
  description = "The machines of a Standard cluster; their numbers count for each zone of the region, of which there are three."
  type = object({
    machine_type = optional(string, "e2-standard-4")
    min_per_zone = optional(number, 1)
    max_per_zone = optional(number, 3)
    disk_gb      = optional(number, 50)
    spot         = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.node_pool == null ? true : var.node_pool.min_per_zone >= 0 && var.node_pool.min_per_zone <= var.node_pool.max_per_zone && var.node_pool.max_per_zone >= 1 && var.node_pool.max_per_zone <= 100
    error_message = "node_pool: from min_per_zone to max_per_zone must go up; allowed are numbers from 0 to 100."
  }
  validation {
    condition     = var.node_pool == null ? true : var.node_pool.disk_gb >= 20 && var.node_pool.disk_gb <= 1000
    error_message = "node_pool: disk_gb is ${try(var.node_pool.disk_gb, 0)}; allowed is a number from 20 to 1000."
  }
}

variable "node_service_account" {
  description = "The e-mail address of the service account that nodes run as."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]+@", var.node_service_account)) && !endswith(var.node_service_account, "-compute@developer.gserviceaccount.com")
    error_message = "node_service_account is \"${var.node_service_account}\"; allowed is a service account of its own. The default one of Compute Engine may edit the whole project."
  }
}

variable "release_channel" {
  description = "How early Kubernetes is upgraded: RAPID, REGULAR, STABLE or EXTENDED."
  type        = string
  default     = "REGULAR"

  validation {
    condition     = contains(["RAPID", "REGULAR", "STABLE", "EXTENDED"], var.release_channel)
    error_message = "release_channel is \"${var.release_channel}\"; allowed are RAPID, REGULAR, STABLE and EXTENDED."
  }
}

variable "maintenance" {
  description = "When Google may upgrade: the first window (its start and end in UTC, at least 4 hours) and the days it comes again."
  type = object({
    start = optional(string, "2026-01-01T01:00:00Z")
    end   = optional(string, "2026-01-01T07:00:00Z")
    days  = optional(set(string), ["TU", "WE", "TH"])
  })
  default = {}

  validation {
    condition     = alltrue([for day in var.maintenance.days : contains(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], day)])
    error_message = "maintenance: days holds one that is none; allowed are MO, TU, WE, TH, FR, SA and SU."
  }
  validation {
    condition     = can(timecmp(var.maintenance.start, timeadd(var.maintenance.end, "-4h"))) && try(timecmp(var.maintenance.start, timeadd(var.maintenance.end, "-4h")) <= 0, false)
    error_message = "maintenance: from \"${var.maintenance.start}\" to \"${var.maintenance.end}\"; allowed are times such as 2026-01-01T01:00:00Z that lie at least 4 hours apart."
  }
}

variable "authorized_networks" {
  description = "Networks that may reach the control plane by its IP address, by a name for each. Without any, only its DNS name is open, to whom IAM lets in."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for range in values(var.authorized_networks) : can(cidrnetmask(range))])
    error_message = "authorized_networks: ${join(", ", [for name, range in var.authorized_networks : "${name} is \"${range}\"" if !can(cidrnetmask(range))])}; allowed is IPv4 in CIDR notation, such as 192.0.2.0/24."
  }
  validation {
    condition     = !contains([for range in values(var.authorized_networks) : try(split("/", range)[1], "")], "0")
    error_message = "authorized_networks opens the control plane to the whole internet; name the networks, or none and use the DNS endpoint."
  }
}

variable "control_plane_range" {
  description = "A /28 for the control plane of a Standard cluster with an IP endpoint."
  type        = string
  default     = "172.16.0.0/28"

  validation {
    condition     = can(cidrnetmask(var.control_plane_range)) && endswith(var.control_plane_range, "/28")
    error_message = "control_plane_range is \"${var.control_plane_range}\"; allowed is a /28, such as 172.16.0.0/28."
  }
}

variable "backup" {
  description = "Daily backups of objects and volumes: whether, when (cron, UTC), and for how many days they are kept."
  type = object({
    enabled     = optional(bool, true)
    schedule    = optional(string, "17 2 * * *")
    retain_days = optional(number, 14)
  })
  default = {}

  validation {
    condition     = length(split(" ", var.backup.schedule)) == 5
    error_message = "backup: schedule is \"${var.backup.schedule}\"; allowed is cron's notation, such as \"17 2 * * *\"."
  }
  validation {
    condition     = var.backup.retain_days >= 1 && var.backup.retain_days <= 365
    error_message = "backup: retain_days is ${var.backup.retain_days}; allowed is a number from 1 to 365."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform refuses to destroy the cluster."
  type        = bool
  default     = true
}

variable "labels" {
  description = "Labels of the cluster and its nodes, for the bill."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: allowed are up to 63 lower-case letters, digits, hyphens and underscores; keys begin with a letter."
  }
}
