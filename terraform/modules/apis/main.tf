# The APIs of Google Cloud that the other modules call. An empty project has none of them.

resource "google_project_service" "this" {
  for_each = var.services

  project = var.project
  service = each.value

  # Switching an API off deletes what it manages: removing a line here, or this whole module, must not.
  disable_on_destroy = false
}
