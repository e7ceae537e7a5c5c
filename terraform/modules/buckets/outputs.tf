output "names" {
  description = "The buckets' names, by the end of the name."
  value       = { for key, bucket in google_storage_bucket.this : key => bucket.name }
}
