# Service accounts, each with what it needs and nothing else. Pods act as theirs by workload identity: there are no keys.

resource "google_service_account" "this" {
  for_each = var.accounts

  project      = var.project
  account_id   = "${var.prefix}-${each.key}"
  display_name = each.value.description
}

resource "google_project_iam_member" "this" {
  for_each = merge([
    for name, account in var.accounts : { for role in account.project_roles : "${name} ${role}" => { account = name, role = role } }
  ]...)

  project = var.project
  role    = each.value.role
  member  = google_service_account.this[each.value.account].member
}

# To sign addresses of pictures (blobs.delivery = "redirect") without a key, an account must be allowed to sign as itself.
resource "google_service_account_iam_member" "signs" {
  for_each = { for name, account in var.accounts : name => account if account.signs }

  service_account_id = google_service_account.this[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.this[each.key].member
}
