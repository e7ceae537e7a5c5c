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
  description = "The instance's name. Google keeps a deleted one's name for a week."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,78}[a-z0-9])?$", var.name))
    error_message = "name is \"${var.name}\"; allowed are up to 80 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "network" {
  description = "The network's id, in which the instance gets its address."
  type        = string
}

variable "private_services" {
  description = "The network's output private_services: the instance is made after the peering."
  type        = string
}

variable "database_version" {
  description = "PostgreSQL's version, in Cloud SQL's words."
  type        = string
  default     = "POSTGRES_17"

  validation {
    condition     = can(regex("^POSTGRES_1[5-9]$", var.database_version))
    error_message = "database_version is \"${var.database_version}\"; allowed are POSTGRES_15 to POSTGRES_19."
  }
}

variable "tier" {
  description = "The machine, such as db-custom-2-7680 (2 cores, 7,680 MiB) or, without a service level, db-f1-micro."
  type        = string
  default     = "db-custom-2-7680"

  validation {
    condition     = can(regex("^db-(f1-micro|g1-small|custom-[0-9]+-[0-9]+)$", var.tier))
    error_message = "tier is \"${var.tier}\"; allowed are db-f1-micro, db-g1-small and db-custom-CORES-MEBIBYTES."
  }
  validation {
    condition     = !startswith(var.tier, "db-custom-") || try(tonumber(split("-", var.tier)[3]) % 256 == 0 && tonumber(split("-", var.tier)[3]) >= 3840, false)
    error_message = "tier is \"${var.tier}\"; allowed is memory of at least 3840 MiB in steps of 256."
  }
}

variable "high_availability" {
  description = "Whether a synchronous stand-by waits in another zone. It doubles the price."
  type        = bool
  default     = true
}

variable "disk_gb" {
  description = "The disk to begin with; it grows by itself and never shrinks."
  type        = number
  default     = 20

  validation {
    condition     = var.disk_gb >= 10
    error_message = "disk_gb is ${var.disk_gb}; allowed is a number of at least 10."
  }
}

variable "disk_limit_gb" {
  description = "How far the disk may grow; 0 for without end."
  type        = number
  default     = 200

  validation {
    condition     = var.disk_limit_gb == 0 || var.disk_limit_gb >= var.disk_gb
    error_message = "disk_limit_gb is ${var.disk_limit_gb}; allowed is 0, or at least disk_gb (${var.disk_gb})."
  }
}

variable "point_in_time_days" {
  description = "How many days one can go back to any second of."
  type        = number
  default     = 7

  validation {
    condition     = var.point_in_time_days >= 1 && var.point_in_time_days <= 7
    error_message = "point_in_time_days is ${var.point_in_time_days}; allowed is a number from 1 to 7."
  }
}

variable "retained_backups" {
  description = "How many daily backups are kept."
  type        = number
  default     = 14

  validation {
    condition     = var.retained_backups >= var.point_in_time_days && var.retained_backups <= 365
    error_message = "retained_backups is ${var.retained_backups}; allowed is a number from point_in_time_days (${var.point_in_time_days}) to 365."
  }
}

variable "flags" {
  description = "Further flags of PostgreSQL."
  type        = map(string)
  default     = {}

  validation {
    condition     = !contains(["off", "local", "remote_write"], lookup(var.flags, "synchronous_commit", "on")) && lookup(var.flags, "fsync", "on") != "off"
    error_message = "flags would let PostgreSQL acknowledge what is not on the disk: acknowledged visits could be lost. Leave synchronous_commit and fsync on."
  }
}

variable "database" {
  description = "The database's name."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,62}$", var.database)) && !contains(["postgres", "template0", "template1", "cloudsqladmin"], var.database)
    error_message = "database is \"${var.database}\"; allowed are up to 63 lower-case letters, digits and underscores, and no name of PostgreSQL's own."
  }
}

variable "service_account" {
  description = "The e-mail address of the service account that logs in."
  type        = string

  validation {
    condition     = endswith(var.service_account, ".gserviceaccount.com")
    error_message = "service_account is \"${var.service_account}\"; allowed is the e-mail address of a service account."
  }
}

variable "deletion_protection" {
  description = "Whether the instance cannot be deleted, by Terraform or otherwise."
  type        = bool
  default     = true
}

variable "labels" {
  description = "Labels, for the bill."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: allowed are up to 63 lower-case letters, digits, hyphens and underscores; keys begin with a letter."
  }
}
