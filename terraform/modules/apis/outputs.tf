output "enabled" {
  description = "The APIs that are on. What depends on this output is made after them."
  value       = [for service in google_project_service.this : service.service]
}
