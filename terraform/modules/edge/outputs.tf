output "address" {
  description = "The static address."
  value       = google_compute_global_address.this.address
}

output "address_name" {
  description = "What the address is called, for the annotation of an Ingress or a Gateway."
  value       = google_compute_global_address.this.name
}

output "hosts" {
  description = "The complete names, by what they are for."
  value       = { for key, host in var.hosts : key => "${host}.${var.domain}" }
}

output "name_servers" {
  description = "What to enter where the domain is registered; empty if the zone was there already."
  value       = flatten(google_dns_managed_zone.this[*].name_servers)
}

output "certificate_map" {
  description = "The certificate map, for the annotation of a Gateway."
  value       = google_certificate_manager_certificate_map.this.name
}
