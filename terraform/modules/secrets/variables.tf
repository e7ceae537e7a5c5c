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

variable "prefix" {
  description = "What the names begin with."
  type        = string
  default     = "sirius"
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
}

variable "labels" {
  description = "Labels, for the bill."
  type        = map(string)
  default     = {}
}
