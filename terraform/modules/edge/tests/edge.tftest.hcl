mock_provider "google" {
  mock_resource "google_compute_global_address" {
    defaults = { address = "203.0.113.7" }
  }
  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.www.sirius.example.org.", type = "CNAME", data = "1.authorize.example." }]
    }
  }
  mock_data "google_dns_managed_zone" {
    defaults = { name = "ours" }
  }
}

variables {
  project = "sirius-test"
  domain  = "sirius.example.org"
}

run "every_host_leads_to_the_address" {
  assert {
    condition     = alltrue([for record in google_dns_record_set.host : record.rrdatas == tolist(["203.0.113.7"])])
    error_message = "The hosts lead elsewhere."
  }
  assert {
    condition     = google_dns_record_set.host["page"].name == "www.sirius.example.org." && output.hosts.page == "www.sirius.example.org"
    error_message = "A record's name ends in a dot, the output's does not."
  }
  assert {
    condition     = google_dns_record_set.authorization["page"].type == "CNAME" && google_certificate_manager_certificate_map_entry.host["page"].hostname == "www.sirius.example.org"
    error_message = "Without its record, Google gives no certificate."
  }
}

run "a_zone_that_is_there_is_used" {
  variables {
    create_zone = false
    zone        = "ours"
  }
  assert {
    condition     = length(google_dns_managed_zone.this) == 0 && google_dns_record_set.host["page"].managed_zone == "ours"
    error_message = "No second zone is made."
  }
}

run "bad_names_are_refused" {
  command = plan

  variables {
    domain      = "example.org."
    create_zone = false
    hosts       = { grafana = "a.b" }
  }
  expect_failures = [var.domain, var.zone, var.hosts]
}
