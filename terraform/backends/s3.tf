# The state in Amazon S3 instead of Google Cloud Storage: put this in the place of the block `backend "gcs"` in
# envs/*/versions.tf, with a bucket that has versioning on.
#
#     terraform init -backend-config=bucket=NAME -backend-config=region=eu-central-1
#
# The lock is an object in the bucket (use_lockfile, Terraform 1.10 and newer). An older Terraform locks in a DynamoDB
# table with the key LockID: dynamodb_table = "NAME" in the place of use_lockfile.

terraform {
  required_version = ">= 1.11"

  backend "s3" {
    key          = "sirius/envs/dev/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
