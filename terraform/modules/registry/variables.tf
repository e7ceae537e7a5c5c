variable "project" {
  description = "The project's ID."
  type        = string
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
  description = "The repositories by their names. With immutable tags, a tag means the same image for ever."
  type = map(object({
    description    = string
    immutable_tags = optional(bool, true)
  }))
  default = {
    images = { description = "Images of Sirius" }
    charts = { description = "Helm charts of Sirius" }
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
}

variable "writers" {
  description = "Who may push: e-mail addresses of service accounts, by a name for each."
  type        = map(string)
  default     = {}
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
  description = "How old a version that is no release may get before it is deleted, if it is none of the newest."
  type        = number
  default     = 90

  validation {
    condition     = var.keep_days >= 30
    error_message = "keep_days is ${var.keep_days}; allowed is a number of at least 30: the registry does not know what is deployed."
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
}
