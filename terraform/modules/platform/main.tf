# All of it, in the order in which one part needs another: what an environment is. The environments themselves only say
# in what they differ.

locals {
  labels = merge({ app = "sirius", environment = var.environment }, var.labels)

  # Which service account of Kubernetes acts as which of Google. They bear the names that charts/sirius-stack gives them.
  pods = {
    app              = "${var.namespaces.sirius}/sirius"
    loki             = "${var.namespaces.monitoring}/obs-loki"
    tempo            = "${var.namespaces.monitoring}/obs-tempo"
    external-secrets = "${var.namespaces.external_secrets}/external-secrets"
  }
}

module "apis" {
  source  = "../apis"
  project = var.project
}

module "network" {
  source             = "../network"
  project            = var.project
  region             = var.region
  ranges             = var.ranges
  flow_logs_sampling = var.flow_logs_sampling

  depends_on = [module.apis]
}

module "identities" {
  source  = "../identities"
  project = var.project
  accounts = {
    nodes = {
      description   = "What the cluster's nodes run as: logs, metrics, pulling images"
      project_roles = ["roles/container.defaultNodeServiceAccount"]
    }
    app = {
      description   = "What Sirius runs as: its database, its pictures"
      project_roles = ["roles/cloudsql.client", "roles/cloudsql.instanceUser"]
      signs         = var.signed_addresses
    }
    loki             = { description = "What Loki runs as: its bucket" }
    tempo            = { description = "What Tempo runs as: its bucket" }
    external-secrets = { description = "What External Secrets runs as: the secrets of Sirius" }
  }

  depends_on = [module.apis]
}

module "gke" {
  source               = "../gke"
  project              = var.project
  region               = var.region
  network              = module.network.id
  subnet               = module.network.private_subnet
  control_plane_range  = module.network.ranges.control_plane
  node_service_account = module.identities.emails["nodes"]
  autopilot            = var.cluster.autopilot
  node_pool            = var.cluster.node_pool
  release_channel      = var.cluster.release_channel
  authorized_networks  = var.cluster.authorized_networks
  backup               = { enabled = var.cluster.backup }
  deletion_protection  = var.protected
  labels               = local.labels
}

resource "google_service_account_iam_member" "pod" {
  for_each = local.pods

  service_account_id = module.identities.ids[each.key]
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${module.gke.workload_pool}[${each.value}]"
}

module "sql" {
  source              = "../sql"
  project             = var.project
  region              = var.region
  network             = module.network.id
  private_services    = module.network.private_services
  tier                = var.database.tier
  high_availability   = var.database.high_availability
  disk_gb             = var.database.disk_gb
  service_account     = module.identities.emails["app"]
  deletion_protection = var.protected
  labels              = local.labels
}

module "buckets" {
  source        = "../buckets"
  project       = var.project
  prefix        = var.project
  location      = var.region
  force_destroy = !var.protected
  labels        = local.labels
  buckets = {
    pictures = { user = module.identities.emails["app"], versioned = true, soft_delete_days = var.protected ? 30 : 0 }
    # Loki and Tempo let things expire by themselves; a week later, what was missed goes.
    loki  = { user = module.identities.emails["loki"], delete_after_days = var.log_days + 7 }
    tempo = { user = module.identities.emails["tempo"], delete_after_days = var.trace_days + 7 }
  }
}

module "registry" {
  source  = "../registry"
  project = var.project
  region  = var.region
  readers = { nodes = module.identities.emails["nodes"] }
  writers = var.release_service_account == null ? {} : { release = var.release_service_account }
  labels  = local.labels

  depends_on = [module.apis]
}

module "secrets" {
  source  = "../secrets"
  project = var.project
  region  = var.region
  readers = { external-secrets = module.identities.emails["external-secrets"] }
  labels  = local.labels
  secrets = {
    admin-token           = "Lets operators in to Sirius' admin port"
    grafana-password      = "Grafana's administrator"
    pagerduty-routing-key = "Lets Alertmanager wake people"
    slack-webhook-url     = "Where Alertmanager writes for all to see"
    webhook-url           = "Where Alertmanager sends whatever else is to know of alerts"
    dead-mans-switch-url  = "Who expects a sign of life from Alertmanager, and complains when there is none"
  }
}

module "edge" {
  source      = "../edge"
  project     = var.project
  domain      = var.domain.name
  create_zone = var.domain.create_zone
  zone        = var.domain.zone
  hosts       = var.domain.hosts
  labels      = local.labels

  depends_on = [module.apis]
}

module "monitoring" {
  source  = "../monitoring"
  project = var.project
  host    = module.edge.hosts["page"]
  emails  = var.emails
  budget  = var.budget

  depends_on = [module.apis]
}
