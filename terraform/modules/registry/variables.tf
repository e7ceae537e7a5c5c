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

variable "repositories" {
  description = <<-TEXT
    The repositories by their names. With immutable tags a tag means the same for ever, and nothing that has one can be deleted:
    right for charts, which are small, and not for images, which are cleaned up. The pipelines never push a tag twice.
  TEXT
  type = map(object({
    description    = string
    immutable_tags = optional(bool, false)
  }))
  default = {
    images = { description = "Images of Sirius" }
    charts = { description = "Helm charts of Sirius", immutable_tags = true }
  }

  validation {
    condition     = alltrue([for name in keys(var.repositories) : can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", name))])
    error_message = "repositories: ${join(", ", keys(var.repositories))}; allowed are names of lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "readers" {
  description = "Who may pull: e-mail addresses of service accounts, by a name for each that is known before they are made."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for email in var.readers : can(regex("^[a-z0-9-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$", email))])
    error_message = "readers: ${join(", ", values(var.readers))}; allowed are e-mail addresses of service accounts, without serviceAccount: before them."
  }
}

variable "writers" {
  description = "Who may push: e-mail addresses of service accounts, by a name for each."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for email in var.writers : can(regex("^[a-z0-9-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$", email))])
    error_message = "writers: ${join(", ", values(var.writers))}; allowed are e-mail addresses of service accounts, without serviceAccount: before them."
  }
}

variable "keep_newest" {
  description = "How many of the newest versions of each image are kept, whatever their age."
  type        = number
  default     = 20

  validation {
    condition     = var.keep_newest >= 5 && var.keep_newest <= 1000
    error_message = "keep_newest is ${var.keep_newest}; allowed is a number from 5 to 1000: a rollback needs what was there before."
  }
}

variable "keep_days" {
  description = "How old a commit's image may get before the registry deletes it, if it is no release and none of the newest: longer than an environment may go without a deployment."
  type        = number
  default     = 365

  validation {
    condition     = var.keep_days >= 90
    error_message = "keep_days is ${var.keep_days}; allowed is a number of at least 90: the registry does not know what is deployed."
  }
}

variable "cleanup_dry_run" {
  description = "Whether the registry only logs what it would delete."
  type        = bool
  default     = false
}

variable "vulnerability_scanning" {
  description = "Whether images are scanned when they are pushed, if the project has Container Scanning on. It costs money for each image."
  type        = bool
  default     = false
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
