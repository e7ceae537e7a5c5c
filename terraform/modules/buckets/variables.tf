variable "project" {
  description = "The project's ID."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "prefix" {
  description = "What the names begin with. Bucket names are one for the whole world: the project's ID serves well."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,45}$", var.prefix)) && !startswith(var.prefix, "goog")
    error_message = "prefix is \"${var.prefix}\"; allowed are 2 to 46 lower-case letters, digits and hyphens, not beginning with goog."
  }
}

variable "location" {
  description = "Where the bytes are: a region, or EU, US or ASIA for several."
  type        = string

  validation {
    condition     = can(regex("^([a-z]+-[a-z]+[0-9]+|EU|US|ASIA)$", var.location))
    error_message = "location is \"${var.location}\"; allowed is a region such as europe-west3, or EU, US or ASIA."
  }
}

variable "buckets" {
  description = <<-TEXT
    The buckets by the end of their names.
      user               the e-mail address of the service account that reads and writes objects
      versioned          whether what is overwritten or deleted is kept for noncurrent_days
      soft_delete_days   for how long a deleted object can be restored by hand; 0, or 7 to 90
      delete_after_days  the age at which objects go; null for never
  TEXT
  type = map(object({
    user              = string
    versioned         = optional(bool, false)
    noncurrent_days   = optional(number, 30)
    soft_delete_days  = optional(number, 0)
    delete_after_days = optional(number)
  }))

  validation {
    condition     = alltrue([for name, bucket in var.buckets : can(regex("^[a-z0-9-]{1,16}$", name))])
    error_message = "buckets: ${join(", ", keys(var.buckets))}; allowed are names of 1 to 16 lower-case letters, digits and hyphens."
  }
  validation {
    condition     = alltrue([for bucket in var.buckets : endswith(bucket.user, ".gserviceaccount.com")])
    error_message = "buckets: user must be the e-mail address of a service account; a bucket is open to nobody else."
  }
  validation {
    condition     = alltrue([for bucket in var.buckets : bucket.soft_delete_days == 0 || (bucket.soft_delete_days >= 7 && bucket.soft_delete_days <= 90)])
    error_message = "buckets: soft_delete_days must be 0, or from 7 to 90."
  }
  validation {
    condition     = alltrue([for bucket in var.buckets : bucket.noncurrent_days >= 1 && (bucket.delete_after_days == null ? true : bucket.delete_after_days >= 1)])
    error_message = "buckets: noncurrent_days and delete_after_days must be at least 1."
  }
}

variable "force_destroy" {
  description = "Whether Terraform may destroy a bucket that is not empty."
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
