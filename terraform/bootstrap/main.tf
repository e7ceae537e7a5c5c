# Once, by hand, before everything else: where Terraform keeps its state, and how GitHub's pipelines get in without a key.
# Its own state begins on your disk and moves into the bucket that it makes (terraform/README.md).

locals {
  # The environments of this repository, one project each.
  accounts = {
    plan    = { description = "Terraform plans of pull requests: reads, changes nothing" }
    apply   = { description = "Terraform applies, after approval" }
    release = { description = "Pushes images and charts from main" }
    deploy  = { description = "Smoke tests of deployments, clean-up of the registry" }
  }

  # Who may act as which: exactly the jobs that GitHub describes so. A branch or a fork has another subject.
  repository = "repo:${var.github_repository}"
  subjects = merge(
    {
      "plan pull_request" = { account = "plan", subject = "${local.repository}:pull_request" }
      "plan main"         = { account = "plan", subject = "${local.repository}:ref:refs/heads/main" }
      "release main"      = { account = "release", subject = "${local.repository}:ref:refs/heads/main" }
    },
    { for name in keys(var.projects) : "apply ${name}" => { account = "apply", subject = "${local.repository}:environment:infrastructure-${name}" } },
    { for name in keys(var.projects) : "deploy ${name}" => { account = "deploy", subject = "${local.repository}:environment:${name}" } },
    { "deploy cleanup" = { account = "deploy", subject = "${local.repository}:environment:cleanup" } },
  )

  roles = {
    plan = ["roles/viewer", "roles/iam.securityReviewer", "roles/serviceusage.serviceUsageConsumer"]
    # What modules/platform makes, by the roles that make it, rather than roles/owner.
    apply = [
      "roles/artifactregistry.admin",
      "roles/certificatemanager.owner",
      "roles/cloudsql.admin",
      "roles/compute.networkAdmin",
      "roles/container.admin",
      "roles/dns.admin",
      "roles/gkebackup.admin",
      "roles/iam.serviceAccountAdmin",
      "roles/iam.serviceAccountUser",
      "roles/monitoring.editor",
      "roles/resourcemanager.projectIamAdmin",
      "roles/secretmanager.admin",
      "roles/servicenetworking.networksAdmin",
      "roles/serviceusage.serviceUsageAdmin",
      "roles/storage.admin",
    ]
    deploy = ["roles/artifactregistry.repoAdmin", "roles/container.viewer"]
  }

  grants = merge([
    for account, roles in local.roles : merge([
      for role in roles : { for name, project in var.projects : "${account} ${name} ${role}" => { account = account, project = project, role = role } }
    ]...)
  ]...)
}

resource "google_project_service" "this" {
  for_each = toset(["cloudresourcemanager", "iam", "iamcredentials", "serviceusage", "storage", "sts"])

  project            = var.project
  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false
}

# --- the state --------------------------------------------------------------------------------------------------------

resource "google_storage_bucket" "state" {
  project                     = var.project
  name                        = "${var.project}-terraform"
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Every state that ever was, for three months; whoever writes holds the lock, which is an object beside it.
  versioning {
    enabled = true
  }
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
      num_newer_versions         = 10
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_iam_member" "state" {
  # Planning reads, and takes no lock (-lock=false): two pull requests may plan at once.
  for_each = { plan = "roles/storage.objectViewer", apply = "roles/storage.objectUser" }

  bucket = google_storage_bucket.state.name
  role   = each.value
  member = google_service_account.this[each.key].member
}

# --- GitHub -----------------------------------------------------------------------------------------------------------

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project
  workload_identity_pool_id = "github"
  display_name              = "GitHub Actions"
  description               = "Jobs of ${var.github_repository}"

  depends_on = [google_project_service.this]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  # By number, which stays with the repository: a name can be given up, and taken by somebody else.
  attribute_condition = "assertion.repository_id == \"${var.github_repository_id}\""
  attribute_mapping = {
    "google.subject"       = "assertion.sub"
    "attribute.repository" = "assertion.repository"
    "attribute.ref"        = "assertion.ref"
    "attribute.actor"      = "assertion.actor"
  }
  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "this" {
  for_each = local.accounts

  project      = var.project
  account_id   = "sirius-${each.key}"
  display_name = each.value.description

  depends_on = [google_project_service.this]
}

resource "google_service_account_iam_member" "github" {
  for_each = local.subjects

  service_account_id = google_service_account.this[each.value.account].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}/subject/${each.value.subject}"
}

resource "google_project_iam_member" "this" {
  for_each = local.grants

  project = each.value.project
  role    = each.value.role
  member  = google_service_account.this[each.value.account].member
}
