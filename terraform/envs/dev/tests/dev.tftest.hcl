# The whole environment, as main.tf has it: every validation of every module looks at these very values.

mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      name   = "projects/sirius-test/serviceAccounts/someone@sirius-test.iam.gserviceaccount.com"
      email  = "someone@sirius-test.iam.gserviceaccount.com"
      member = "serviceAccount:someone@sirius-test.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_certificate_manager_dns_authorization" {
    defaults = {
      dns_resource_record = [{ name = "_acme-challenge.example.", type = "CNAME", data = "1.authorize.example." }]
    }
  }
}

variables {
  project = "sirius-test"
  domain  = { name = "dev.sirius.example.org" }
  emails  = ["ops@example.org"]
  budget  = { billing_account = "012345-6789AB-CDEF01", amount = 500 }
}

run "dev_as_it_stands" {
  assert {
    condition     = yamldecode(output.stack_values).loki.loki.limits_config.retention_period == "168h" && yamldecode(output.stack_values).tempo.tempo.retention == "48h"
    error_message = "Lines and traces are kept for another time than main.tf says."
  }
  assert {
    condition     = output.hosts.page == "www.dev.sirius.example.org" && yamldecode(output.sirius_values).gateway.hosts == [output.hosts.page]
    error_message = "The chart would serve another host than the one that is in DNS."
  }
}
