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

variable "prefix" {
  description = "What the names begin with."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,100}$", var.prefix))
    error_message = "prefix is \"${var.prefix}\"; allowed are letters, digits, hyphens and underscores."
  }
}

variable "secrets" {
  description = "What each secret is for, by the end of its name."
  type        = map(string)

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[a-z][a-z0-9-]{0,99}$", name))])
    error_message = "secrets: ${join(", ", keys(var.secrets))}; allowed are names of lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "readers" {
  description = "Who may read all of them: e-mail addresses of service accounts, by a name for each that is known before they are made."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for email in var.readers : can(regex("^[a-z0-9-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$", email))])
    error_message = "readers: ${join(", ", values(var.readers))}; allowed are e-mail addresses of service accounts, without serviceAccount: before them."
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
