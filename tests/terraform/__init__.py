"""What terraform/ says, beside what Terraform itself tests of it."""
