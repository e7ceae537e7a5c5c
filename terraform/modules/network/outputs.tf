output "id" {
  description = "The network, as other resources name it."
  value       = google_compute_network.this.id
}

output "private_subnet" {
  description = "The subnet of nodes: its id, and the names of the ranges of pods and Services in it."
  value = {
    id       = google_compute_subnetwork.private.id
    pods     = google_compute_subnetwork.private.secondary_ip_range[0].range_name
    services = google_compute_subnetwork.private.secondary_ip_range[1].range_name
  }
}

output "public_subnet" {
  description = "The subnet of machines with an address of their own."
  value       = google_compute_subnetwork.public.id
}

output "private_services" {
  description = "The peering with Google's managed services. A database in it is made after this, and removed before."
  value       = google_service_networking_connection.this.id
}

output "ranges" {
  description = "The ranges in force, defaults included."
  value       = var.ranges
}
