variable "project" {
  description = "The project that holds the state and GitHub's way in; one of its own, which outlives the environments."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "projects" {
  description = "The environments' projects, by the environments' names."
  type        = map(string)

  validation {
    condition     = alltrue([for name, project in var.projects : can(regex("^[a-z][a-z0-9-]{0,15}$", name)) && can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", project))])
    error_message = "projects: ${join(", ", [for name, project in var.projects : "${name} is \"${project}\""])}; allowed are names such as dev and IDs of projects."
  }
  validation {
    condition     = !contains(values(var.projects), var.project)
    error_message = "projects holds ${var.project}, the project of the state; an environment that may be destroyed must not hold it."
  }
}

variable "location" {
  description = "Where the state is: a region, or EU, US or ASIA for several."
  type        = string
  default     = "EU"

  validation {
    condition     = can(regex("^([a-z]+-[a-z]+[0-9]+|EU|US|ASIA)$", var.location))
    error_message = "location is \"${var.location}\"; allowed is a region such as europe-west3, or EU, US or ASIA."
  }
}

variable "github_repository" {
  description = "The repository whose pipelines are let in, as OWNER/NAME."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$", var.github_repository))
    error_message = "github_repository is \"${var.github_repository}\"; allowed is OWNER/NAME."
  }
}

variable "github_repository_id" {
  description = "Its number: gh api repos/OWNER/NAME --jq .id."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.github_repository_id))
    error_message = "github_repository_id is \"${var.github_repository_id}\"; allowed is a number: gh api repos/OWNER/NAME --jq .id."
  }
}
