output "state_bucket" {
  description = "Where the state is: terraform init -backend-config=bucket=NAME; GitHub's variable TF_STATE_BUCKET."
  value       = google_storage_bucket.state.name
}

output "workload_identity_provider" {
  description = "GitHub's variable GCP_WORKLOAD_IDENTITY_PROVIDER."
  value       = google_iam_workload_identity_pool_provider.github.name
}

output "service_accounts" {
  description = "GitHub's variables GCP_PLAN_SERVICE_ACCOUNT, GCP_APPLY_..., GCP_RELEASE_... and GCP_DEPLOY_SERVICE_ACCOUNT."
  value       = { for key, account in google_service_account.this : key => account.email }
}

output "release_service_account" {
  description = "The environments' variable release_service_account."
  value       = google_service_account.this["release"].email
}
