# Values for the charts. No secret is in them.

locals {
  sirius_values = {
    image          = { repository = "${module.registry.urls["images"]}/sirius" }
    serviceAccount = { annotations = { "iam.gke.io/gcp-service-account" = module.identities.emails["app"] } }
    database       = { type = "postgres", url = module.sql.url }
    blobs          = { url = "gs://${module.buckets.names["pictures"]}" }
    cloudSql       = { enabled = true, instance = module.sql.connection_name }
    secrets = {
      external = {
        store = { name = "google" }
        data  = { "admin-token" = { key = module.secrets.names["admin-token"] } }
      }
    }
    gateway = {
      enabled       = true
      hosts         = [module.edge.hosts["page"]]
      staticAddress = module.edge.address_name
      tls           = { mode = "google-managed", certificateMap = module.edge.certificate_map }
    }
    # The database's address is not enough to let out to: the Auth Proxy also asks Google's API, at addresses that change.
    networkPolicy = { egress = { googleMetadata = true } }
  }

  # Retention is the buckets' own measure, so that neither deletes what the other counts on.
  stack_values = {
    sirius = local.sirius_values
    loki = {
      serviceAccount = { annotations = { "iam.gke.io/gcp-service-account" = module.identities.emails["loki"] } }
      loki = {
        storage       = { type = "gcs", bucketNames = { for use in ["chunks", "ruler", "admin"] : use => module.buckets.names["loki"] } }
        limits_config = { retention_period = "${var.log_days * 24}h" }
      }
    }
    tempo = {
      serviceAccount = { annotations = { "iam.gke.io/gcp-service-account" = module.identities.emails["tempo"] } }
      tempo = {
        retention = "${var.trace_days * 24}h"
        storage   = { trace = { backend = "gcs", gcs = { bucket_name = module.buckets.names["tempo"] } } }
      }
    }
  }
}

output "sirius_values" {
  description = "Values of charts/sirius, as YAML: where the database, the pictures and the names are."
  value       = yamlencode(local.sirius_values)
}

output "stack_values" {
  description = "Values of charts/sirius-stack, as YAML: the same for its part sirius, and the buckets of Loki and Tempo."
  value       = yamlencode(local.stack_values)
}

output "external_secrets" {
  description = "The service account that External Secrets acts as."
  value       = module.identities.emails["external-secrets"]
}

output "connect" {
  description = "The command that gives kubectl its access."
  value       = module.gke.connect
}

output "hosts" {
  description = "The complete names, by what they are for."
  value       = module.edge.hosts
}

output "address" {
  description = "The load balancer's address."
  value       = module.edge.address
}

output "name_servers" {
  description = "What to enter where the domain is registered; empty if the zone was there already."
  value       = module.edge.name_servers
}

output "registries" {
  description = "What the names of images and charts begin with."
  value       = module.registry.urls
}

output "database" {
  description = "The database: its name for the Auth Proxy, its name in PostgreSQL, and its user."
  value       = { instance = module.sql.connection_name, name = module.sql.database, user = module.sql.user }
}

output "secrets" {
  description = "The secrets' names in Secret Manager; each needs a first version."
  value       = module.secrets.names
}
