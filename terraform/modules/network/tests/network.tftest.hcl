mock_provider "google" {}

variables {
  project = "sirius-test"
  region  = "europe-west3"
}

run "nodes_are_private_and_reach_out_through_nat" {
  command = plan

  assert {
    condition     = google_compute_network.this.auto_create_subnetworks == false
    error_message = "A subnet in every region of the world would take ranges that nobody has looked at."
  }
  assert {
    condition     = google_compute_subnetwork.private.private_ip_google_access
    error_message = "Nodes without a public address need Google's APIs by private ones."
  }
  assert {
    condition     = google_compute_router_nat.this.source_subnetwork_ip_ranges_to_nat == "LIST_OF_SUBNETWORKS" && length(google_compute_router_nat.this.subnetwork) == 1
    error_message = "NAT is for the private subnet alone."
  }
  assert {
    condition     = google_compute_global_address.private_services.address == "10.18.0.0" && google_compute_global_address.private_services.prefix_length == 20
    error_message = "The peered range is the one that was checked for overlaps."
  }
  assert {
    condition     = length(google_compute_subnetwork.private.log_config) == 0
    error_message = "Flow logs cost money and are off unless asked for."
  }
}

run "refuses_what_is_no_range" {
  command = plan

  variables {
    ranges = { nodes = "10.10.0.0/33", control_plane = "172.16.0.0/28" }
  }
  expect_failures = [var.ranges]
}

run "refuses_ranges_that_overlap" {
  command = plan

  # The first address of pods is the last of nodes' block plus one; public lies within nodes.
  variables {
    ranges = { nodes = "10.10.0.0/16", public = "10.10.255.0/24", pods = "10.11.0.0/16" }
  }
  expect_failures = [var.ranges]
}

run "neighbours_do_not_overlap" {
  command = plan

  variables {
    ranges = { nodes = "10.0.0.0/20", public = "10.0.16.0/24", pods = "10.0.32.0/19", services = "10.0.24.0/21" }
  }
  assert {
    condition     = google_compute_subnetwork.public.ip_cidr_range == "10.0.16.0/24"
    error_message = "The ranges are the ones that were named."
  }
}

run "refuses_a_zone_and_public_addresses" {
  command = plan

  variables {
    region = "europe-west3-a"
    ranges = { nodes = "8.8.0.0/20" }
  }
  expect_failures = [var.region, var.ranges]
}
