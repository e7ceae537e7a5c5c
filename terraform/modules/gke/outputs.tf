output "name" {
  description = "The cluster's name."
  value       = google_container_cluster.this.name
}

output "id" {
  description = "The cluster's id."
  value       = google_container_cluster.this.id
}

output "location" {
  description = "The cluster's region."
  value       = google_container_cluster.this.location
}

output "workload_pool" {
  description = "The pool of identities of pods. It exists once the cluster does."
  value       = google_container_cluster.this.workload_identity_config[0].workload_pool
}

output "connect" {
  description = "The command that gives kubectl its access."
  value       = "gcloud container clusters get-credentials ${google_container_cluster.this.name} --region ${google_container_cluster.this.location} --project ${var.project} --dns-endpoint"
}
