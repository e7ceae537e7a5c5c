output "emails" {
  description = "The accounts' e-mail addresses, by the end of the name."
  value       = { for key, account in google_service_account.this : key => account.email }
}

output "ids" {
  description = "The accounts as IAM names them, by the end of the name."
  value       = { for key, account in google_service_account.this : key => account.name }
}
