# Only what is nobody's business but yours; what makes this environment what it is stands in main.tf. Each is checked by
# modules/platform.

variable "project" {
  description = "The project's ID."
  type        = string
}

variable "region" {
  description = "Where everything is."
  type        = string
  default     = "europe-west3"
}

variable "domain" {
  description = "The domain, whether its zone is made here or is there already, and the hosts by what they are for."
  type = object({
    name        = string
    create_zone = optional(bool, true)
    zone        = optional(string)
    hosts       = optional(map(string), { page = "www" })
  })
}

variable "emails" {
  description = "Who gets the mails about the page and the bill."
  type        = set(string)
}

variable "budget" {
  description = "The month's budget: the billing account's ID, a whole amount, and its currency."
  type        = object({ billing_account = string, amount = number, currency = optional(string, "EUR") })
  default     = null
}

variable "release_service_account" {
  description = "Who pushes images and charts: the output release_service_account of terraform/bootstrap."
  type        = string
  default     = null
}
