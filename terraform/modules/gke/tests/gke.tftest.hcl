mock_provider "google" {}

variables {
  project              = "sirius-test"
  region               = "europe-west3"
  network              = "projects/sirius-test/global/networks/sirius"
  subnet               = { id = "projects/sirius-test/regions/europe-west3/subnetworks/private", pods = "pods", services = "services" }
  node_service_account = "sirius-nodes@sirius-test.iam.gserviceaccount.com"
}

run "autopilot_with_private_nodes_and_no_address_to_the_internet" {
  command = plan

  assert {
    condition     = google_container_cluster.this.enable_autopilot && length(google_container_node_pool.this) == 0
    error_message = "Autopilot is the default, and has no pools of ours."
  }
  assert {
    condition     = google_container_cluster.this.private_cluster_config[0].enable_private_nodes
    error_message = "Nodes have no public address."
  }
  assert {
    condition     = !google_container_cluster.this.control_plane_endpoints_config[0].ip_endpoints_config[0].enabled
    error_message = "Without authorized networks the control plane has no address, public or not."
  }
  assert {
    condition     = google_container_cluster.this.cluster_autoscaling[0].auto_provisioning_defaults[0].service_account == var.node_service_account
    error_message = "Autopilot's nodes would run as the default service account, which may edit the project."
  }
  assert {
    condition     = length(google_gke_backup_backup_plan.this) == 1 && google_container_cluster.this.deletion_protection
    error_message = "A cluster is backed up and protected unless it is said otherwise."
  }
}

run "standard_has_a_pool_of_shielded_nodes" {
  command = plan

  variables {
    autopilot           = false
    node_pool           = { spot = true }
    authorized_networks = { office = "192.0.2.0/24" }
    backup              = { enabled = false }
  }
  assert {
    condition     = google_container_cluster.this.enable_autopilot == null && google_container_cluster.this.remove_default_node_pool
    error_message = "The default pool goes."
  }
  assert {
    condition     = google_container_cluster.this.datapath_provider == "ADVANCED_DATAPATH"
    error_message = "Without it, NetworkPolicy is not enforced."
  }
  assert {
    condition     = google_container_node_pool.this[0].node_config[0].workload_metadata_config[0].mode == "GKE_METADATA" && google_container_node_pool.this[0].node_config[0].spot
    error_message = "Pods must not see the node's own identity."
  }
  assert {
    condition     = one(one(google_container_cluster.this.master_authorized_networks_config).cidr_blocks).cidr_block == "192.0.2.0/24"
    error_message = "The named network may reach the control plane."
  }
  assert {
    condition     = length(google_gke_backup_backup_plan.this) == 0
    error_message = "Backup was switched off."
  }
}

run "standard_without_machines_is_refused" {
  command = plan

  variables {
    autopilot = false
  }
  expect_failures = [google_container_cluster.this]
}

run "bad_values_are_refused" {
  command = plan

  variables {
    node_service_account = "123-compute@developer.gserviceaccount.com"
    authorized_networks  = { world = "0.0.0.0/0" }
    release_channel      = "FAST"
    maintenance          = { end = "2026-01-01T02:00:00Z" }
    node_pool            = { min_per_zone = 5, max_per_zone = 2 }
  }
  expect_failures = [
    var.node_service_account, var.authorized_networks, var.release_channel, var.maintenance, var.node_pool,
  ]
}
