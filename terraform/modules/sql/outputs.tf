output "connection_name" {
  description = "What the Cloud SQL Auth Proxy calls the instance: PROJECT:REGION:NAME."
  value       = google_sql_database_instance.this.connection_name
}

output "private_ip" {
  description = "The instance's address in the network."
  value       = google_sql_database_instance.this.private_ip_address
}

output "database" {
  description = "The database's name."
  value       = google_sql_database.sirius.name
}

output "user" {
  description = "What the service account is called in PostgreSQL."
  value       = google_sql_user.sirius.name
}

output "url" {
  description = "The database's URL for Sirius, through the Auth Proxy beside it, which logs in. It holds no secret."
  value       = "postgres://${urlencode(google_sql_user.sirius.name)}@127.0.0.1:5432/${google_sql_database.sirius.name}"
}
