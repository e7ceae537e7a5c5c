provider "google" {
  project = var.project
}
