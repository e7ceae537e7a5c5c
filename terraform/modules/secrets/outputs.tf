output "names" {
  description = "The secrets' names in Secret Manager, by the end of the name."
  value       = { for key, secret in google_secret_manager_secret.this : key => secret.secret_id }
}
