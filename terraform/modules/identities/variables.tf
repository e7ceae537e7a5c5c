variable "project" {
  description = "The project's ID."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "prefix" {
  description = "What the names begin with."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.prefix))
    error_message = "prefix is \"${var.prefix}\"; allowed are up to 12 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "accounts" {
  description = <<-TEXT
    The service accounts by the end of their names.
      description    what it is for
      project_roles  roles in the whole project; those for one bucket or one secret are granted there
      signs          whether it may sign as itself
  TEXT
  type = map(object({
    description   = string
    project_roles = optional(set(string), [])
    signs         = optional(bool, false)
  }))

  validation {
    condition     = alltrue([for name in keys(var.accounts) : can(regex("^[a-z0-9]([a-z0-9-]{0,15}[a-z0-9])?$", name))])
    error_message = "accounts: ${join(", ", keys(var.accounts))}; allowed are names of up to 17 lower-case letters, digits and hyphens."
  }
  validation {
    condition     = alltrue(flatten([for account in var.accounts : [for role in account.project_roles : startswith(role, "roles/") && !contains(["roles/owner", "roles/editor", "roles/viewer"], role) && !endswith(role, ".admin")]]))
    error_message = "accounts: project_roles holds a role that may do nearly everything (owner, editor, viewer, ....admin); name what is needed, such as roles/cloudsql.client."
  }
}
