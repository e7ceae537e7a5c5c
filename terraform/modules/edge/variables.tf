variable "project" {
  description = "The project's ID."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "name" {
  description = "The name of the address and of the zone."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.name))
    error_message = "name is \"${var.name}\"; allowed are lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "domain" {
  description = "The domain of the hosts, such as sirius.example.org, without a dot at its end."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "domain is \"${var.domain}\"; allowed is a domain in lower case, such as sirius.example.org, without a dot at its end."
  }
}

variable "create_zone" {
  description = "Whether the zone of the domain is made here; its name servers must then be entered where the domain is registered."
  type        = bool
  default     = true
}

variable "zone" {
  description = "The name of the zone that is there already, if none is made."
  type        = string
  default     = null

  validation {
    condition     = var.create_zone || var.zone != null
    error_message = "zone is not set and create_zone is false; set one of them: hosts need a zone."
  }
}

variable "hosts" {
  description = "The hosts by what they are for, such as { page = \"www\", grafana = \"grafana\" }."
  type        = map(string)
  default     = { page = "www" }

  validation {
    condition     = alltrue([for host in var.hosts : can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", host))])
    error_message = "hosts: ${join(", ", values(var.hosts))}; allowed are single labels such as www: the domain is added."
  }
  validation {
    condition     = contains(keys(var.hosts), "page") && length(distinct(values(var.hosts))) == length(var.hosts)
    error_message = "hosts must hold page, and no name twice."
  }
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
