terraform {
  required_version = ">= 1.11"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # The bucket is the output of terraform/bootstrap: terraform init -backend-config=bucket=NAME. The lock is the bucket's own.
  # ../../backends/s3.tf keeps the state in S3 instead.
  backend "gcs" {
    prefix = "envs/dev"
  }
}

provider "google" {
  project               = var.project
  region                = var.region
  billing_project       = var.project
  user_project_override = true # budgets are asked for in the name of the project
}
