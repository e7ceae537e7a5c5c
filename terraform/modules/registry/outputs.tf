output "urls" {
  description = "What the names of images and charts begin with, by repository: REGION-docker.pkg.dev/PROJECT/REPOSITORY."
  value       = { for key, repository in google_artifact_registry_repository.this : key => "${var.region}-docker.pkg.dev/${var.project}/${repository.repository_id}" }
}
