# How people get there: one static address for the load balancer, a zone, and a name for each host.

resource "google_compute_global_address" "this" {
  project = var.project
  name    = var.name
}

resource "google_dns_managed_zone" "this" {
  count = var.create_zone ? 1 : 0

  project     = var.project
  name        = var.name
  dns_name    = "${var.domain}."
  description = "Names of Sirius"
  labels      = var.labels

  dnssec_config {
    state = "on"
  }
}

data "google_dns_managed_zone" "this" {
  count = var.create_zone ? 0 : 1

  project = var.project
  name    = var.zone
}

locals {
  zone = one(concat(google_dns_managed_zone.this[*].name, data.google_dns_managed_zone.this[*].name))
}

resource "google_dns_record_set" "host" {
  for_each = var.hosts

  project      = var.project
  managed_zone = local.zone
  name         = "${each.value}.${var.domain}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_global_address.this.address]
}

# Which authorities may give certificates for these names: Google for managed ones, Let's Encrypt for cert-manager's.
resource "google_dns_record_set" "caa" {
  count = var.create_zone ? 1 : 0

  project      = var.project
  managed_zone = local.zone
  name         = "${var.domain}."
  type         = "CAA"
  ttl          = 3600
  rrdatas      = ["0 issue \"pki.goog\"", "0 issue \"letsencrypt.org\""]
}

# A certificate that Google gives and renews. DNS proves that the names are ours, so that it is there before the first
# request. Where the chart's TLS mode is another than google-managed, it costs nothing.
resource "google_certificate_manager_dns_authorization" "host" {
  for_each = var.hosts

  project = var.project
  name    = "${var.name}-${each.key}"
  domain  = "${each.value}.${var.domain}"
}

resource "google_dns_record_set" "authorization" {
  for_each = var.hosts

  project      = var.project
  managed_zone = local.zone
  name         = google_certificate_manager_dns_authorization.host[each.key].dns_resource_record[0].name
  type         = google_certificate_manager_dns_authorization.host[each.key].dns_resource_record[0].type
  ttl          = 300
  rrdatas      = [google_certificate_manager_dns_authorization.host[each.key].dns_resource_record[0].data]
}

resource "google_certificate_manager_certificate" "this" {
  project = var.project
  name    = var.name

  managed {
    domains            = [for host in var.hosts : "${host}.${var.domain}"]
    dns_authorizations = [for authorization in google_certificate_manager_dns_authorization.host : authorization.id]
  }
}

resource "google_certificate_manager_certificate_map" "this" {
  project = var.project
  name    = var.name
}

resource "google_certificate_manager_certificate_map_entry" "host" {
  for_each = var.hosts

  project      = var.project
  name         = each.key
  map          = google_certificate_manager_certificate_map.this.name
  certificates = [google_certificate_manager_certificate.this.id]
  hostname     = "${each.value}.${var.domain}"
}
