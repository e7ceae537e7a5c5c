variable "project" {
  description = "The project's ID."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is \"${var.project}\"; allowed are 6 to 30 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "region" {
  description = "The region of the subnets and of NAT, such as europe-west3."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; allowed is a region such as europe-west3, not a zone such as europe-west3-a."
  }
}

variable "name" {
  description = "The network's name, which the names of its parts begin with."
  type        = string
  default     = "sirius"

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$", var.name))
    error_message = "name is \"${var.name}\"; allowed are up to 40 lower-case letters, digits and hyphens that begin with a letter and end with no hyphen."
  }
}

variable "ranges" {
  description = <<-TEXT
    The IPv4 ranges in CIDR notation; no two may overlap.
      nodes             machines of the cluster: /20 has room for 4,092
      public            machines with an address of their own
      pods              every node takes a /24 of it (Autopilot: a /26), so /16 has room for 256 nodes
      services          the cluster's Services
      private_services  Google's managed services; Cloud SQL takes a /24 for each region
      control_plane     Standard clusters with an IP endpoint only; exactly a /28
  TEXT
  type = object({
    nodes            = optional(string, "10.10.0.0/20")
    public           = optional(string, "10.10.16.0/24")
    pods             = optional(string, "10.16.0.0/16")
    services         = optional(string, "10.17.0.0/20")
    private_services = optional(string, "10.18.0.0/20")
    control_plane    = optional(string, "172.16.0.0/28")
  })
  default = {}

  validation {
    condition     = alltrue([for range in var.ranges : can(cidrnetmask(range))])
    error_message = "ranges: ${join(", ", [for name, range in var.ranges : "${name} is \"${range}\"" if !can(cidrnetmask(range))])}; allowed is IPv4 in CIDR notation, such as 10.10.0.0/20."
  }
  validation {
    condition     = alltrue([for range in var.ranges : cidrhost(range, 0) == split("/", range)[0] if can(cidrnetmask(range))])
    error_message = "ranges: ${join(", ", [for name, range in var.ranges : "${name} is \"${range}\", which begins at ${cidrhost(range, 0)}" if can(cidrnetmask(range)) && try(cidrhost(range, 0) != split("/", range)[0], false)])}; allowed is the first address of a range."
  }
  validation {
    # RFC 1918, and RFC 6598, which Google allows for pods and services.
    condition     = alltrue([for range in var.ranges : can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", range))])
    error_message = "ranges: ${join(", ", [for name, range in var.ranges : "${name} is \"${range}\"" if !can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", range))])}; allowed are private addresses: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 and 100.64.0.0/10."
  }
  validation {
    # Two ranges are apart, or one lies in the other: then both begin alike, as far as the shorter prefix goes.
    condition = alltrue([
      for pair in setproduct(keys(var.ranges), keys(var.ranges)) :
      pair[0] == pair[1] || try(cidrhost("${split("/", var.ranges[pair[0]])[0]}/${min([for name in pair : split("/", var.ranges[name])[1]]...)}", 0) != cidrhost("${split("/", var.ranges[pair[1]])[0]}/${min([for name in pair : split("/", var.ranges[name])[1]]...)}", 0), true)
    ])
    error_message = "ranges overlap: ${join("; ", [
      for pair in setproduct(keys(var.ranges), keys(var.ranges)) : "${pair[0]} (${var.ranges[pair[0]]}) and ${pair[1]} (${var.ranges[pair[1]]})"
      if try(cidrhost("${split("/", var.ranges[pair[0]])[0]}/${min([for name in pair : split("/", var.ranges[name])[1]]...)}", 0) == cidrhost("${split("/", var.ranges[pair[1]])[0]}/${min([for name in pair : split("/", var.ranges[name])[1]]...)}", 0), false) && pair[0] != pair[1] && index(sort(pair), pair[0]) == 0
    ])}."
  }
  validation {
    condition     = try(tonumber(split("/", var.ranges.private_services)[1]) <= 24, false)
    error_message = "ranges: private_services is \"${var.ranges.private_services}\"; allowed is a range of /24 or larger."
  }
  validation {
    condition     = endswith(var.ranges.control_plane, "/28")
    error_message = "ranges: control_plane is \"${var.ranges.control_plane}\"; allowed is a range of exactly /28."
  }
}

variable "flow_logs_sampling" {
  description = "The share of connections of the private subnet that are logged, from 0 (none) to 1 (all). Logs cost money."
  type        = number
  default     = 0

  validation {
    condition     = var.flow_logs_sampling >= 0 && var.flow_logs_sampling <= 1
    error_message = "flow_logs_sampling is ${var.flow_logs_sampling}; allowed is a number from 0 to 1."
  }
}
