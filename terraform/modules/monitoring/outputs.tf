output "uptime_check" {
  description = "The uptime check's id."
  value       = google_monitoring_uptime_check_config.page.uptime_check_id
}
