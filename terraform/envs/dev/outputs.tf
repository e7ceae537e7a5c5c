# Each is described at modules/platform.

output "sirius_values" {
  description = "Values of charts/sirius, as YAML: terraform output -raw sirius_values."
  value       = module.platform.sirius_values
}

output "stack_values" {
  description = "Values of charts/sirius-stack, as YAML: terraform output -raw stack_values."
  value       = module.platform.stack_values
}

output "external_secrets" {
  description = "The service account of External Secrets."
  value       = module.platform.external_secrets
}

output "connect" {
  description = "The command that gives kubectl its access."
  value       = module.platform.connect
}

output "hosts" {
  description = "The complete names, by what they are for."
  value       = module.platform.hosts
}

output "address" {
  description = "The load balancer's address."
  value       = module.platform.address
}

output "name_servers" {
  description = "What to enter where the domain is registered."
  value       = module.platform.name_servers
}

output "registries" {
  description = "What the names of images and charts begin with."
  value       = module.platform.registries
}

output "database" {
  description = "The database: its name for the Auth Proxy, its name in PostgreSQL, and its user."
  value       = module.platform.database
}

output "secrets" {
  description = "The secrets' names in Secret Manager."
  value       = module.platform.secrets
}
