# The cluster: Autopilot by default, where Google runs the nodes and a pod pays for what it asks for; Standard with a pool
# of nodes as an option. Nodes have no public address; the control plane is reached by a name that asks Google's IAM
# (gcloud container clusters get-credentials --dns-endpoint), and by IP address only from networks that are named.

locals {
  standard = !var.autopilot
}

resource "google_container_cluster" "this" {
  project             = var.project
  name                = var.name
  location            = var.region
  deletion_protection = var.deletion_protection
  network             = var.network
  subnetwork          = var.subnet.id

  enable_autopilot = var.autopilot ? true : null

  # Standard: the pool below takes the place of the one that every cluster is made with.
  remove_default_node_pool = local.standard ? true : null
  initial_node_count       = local.standard ? 1 : null
  datapath_provider        = local.standard ? "ADVANCED_DATAPATH" : null # enforces NetworkPolicy; Autopilot always has it

  ip_allocation_policy {
    cluster_secondary_range_name  = var.subnet.pods
    services_secondary_range_name = var.subnet.services
  }

  private_cluster_config {
    enable_private_nodes = true
    # Without IP endpoints the API decides it, and whatever stood here would be planned again and again.
    enable_private_endpoint = length(var.authorized_networks) == 0 ? null : false
    master_ipv4_cidr_block  = local.standard && length(var.authorized_networks) > 0 ? var.control_plane_range : null
  }
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = true
    }
    ip_endpoints_config {
      enabled = length(var.authorized_networks) > 0
    }
  }
  dynamic "master_authorized_networks_config" {
    for_each = length(var.authorized_networks) > 0 ? [var.authorized_networks] : []
    content {
      dynamic "cidr_blocks" {
        for_each = master_authorized_networks_config.value
        content {
          display_name = cidr_blocks.key
          cidr_block   = cidr_blocks.value
        }
      }
    }
  }

  release_channel {
    channel = var.release_channel
  }
  maintenance_policy {
    recurring_window {
      start_time = var.maintenance.start
      end_time   = var.maintenance.end
      recurrence = "FREQ=WEEKLY;BYDAY=${join(",", var.maintenance.days)}"
    }
  }

  # Pods act as service accounts of Google without keys.
  workload_identity_config {
    workload_pool = "${var.project}.svc.id.goog"
  }

  # Autopilot: what the nodes that it makes run as.
  dynamic "cluster_autoscaling" {
    for_each = var.autopilot ? [var.node_service_account] : []
    content {
      auto_provisioning_defaults {
        service_account = cluster_autoscaling.value
        oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
      }
    }
  }

  addons_config {
    gke_backup_agent_config {
      enabled = var.backup.enabled
    }
    http_load_balancing {
      disabled = false
    }
  }
  gateway_api_config {
    channel = "CHANNEL_STANDARD"
  }

  # Sirius brings a Prometheus and a Loki of its own; the system's metrics and logs go to Google, so that a dead cluster can
  # be looked at. Autopilot decides for itself.
  dynamic "monitoring_config" {
    for_each = local.standard ? [true] : []
    content {
      enable_components = ["SYSTEM_COMPONENTS"]
      managed_prometheus {
        enabled = false
      }
    }
  }
  dynamic "logging_config" {
    for_each = local.standard ? [true] : []
    content {
      enable_components = ["SYSTEM_COMPONENTS"]
    }
  }

  resource_labels = var.labels

  lifecycle {
    precondition {
      condition     = !local.standard || var.node_pool != null
      error_message = "A Standard cluster needs node_pool: which machines, and from how many to how many."
    }
  }
}

resource "google_container_node_pool" "this" {
  count = local.standard && var.node_pool != null ? 1 : 0

  project  = var.project
  name     = "main"
  location = var.region
  cluster  = google_container_cluster.this.name

  # In each of the region's zones.
  autoscaling {
    min_node_count = var.node_pool.min_per_zone
    max_node_count = var.node_pool.max_per_zone
  }
  management {
    auto_repair  = true
    auto_upgrade = true
  }
  upgrade_settings {
    max_surge       = 1
    max_unavailable = 0
  }
  node_config {
    machine_type    = var.node_pool.machine_type
    disk_type       = "pd-balanced"
    disk_size_gb    = var.node_pool.disk_gb
    spot            = var.node_pool.spot
    service_account = var.node_service_account
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    labels          = var.labels
    metadata        = { disable-legacy-endpoints = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
}

# Objects and volumes of every namespace. The database and the pictures have backups of their own.
resource "google_gke_backup_backup_plan" "this" {
  count = var.backup.enabled ? 1 : 0

  project  = var.project
  name     = "${var.name}-daily"
  cluster  = google_container_cluster.this.id
  location = var.region

  backup_schedule {
    cron_schedule = var.backup.schedule
  }
  retention_policy {
    backup_retain_days      = var.backup.retain_days
    backup_delete_lock_days = 0
  }
  backup_config {
    all_namespaces      = true
    include_volume_data = true
    include_secrets     = true
  }
}
