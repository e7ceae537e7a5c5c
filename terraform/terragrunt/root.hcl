# For teams that use Terragrunt: what the folders beside it have in common. Each is an environment and calls the same
# modules/platform as envs/*; use one of the two ways, not both.
#
#     TF_STATE_BUCKET=NAME terragrunt run --all plan

locals {
  environment = basename(get_terragrunt_dir())
  settings    = read_terragrunt_config("${get_terragrunt_dir()}/settings.hcl").locals
}

terraform {
  source = "${get_parent_terragrunt_dir("root")}/../modules//platform"
}

remote_state {
  backend = "gcs"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    bucket               = get_env("TF_STATE_BUCKET")
    prefix               = "terragrunt/${local.environment}"
    skip_bucket_creation = true # terraform/bootstrap has made it
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-HCL
    provider "google" {
      project               = var.project
      region                = var.region
      billing_project       = var.project
      user_project_override = true
    }
  HCL
}

inputs = merge({ environment = local.environment }, local.settings)
