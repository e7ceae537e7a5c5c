# The rules that tflint brings itself; those for Google's provider are a plugin that it would have to fetch.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Modules of this repository are called by their path, and have no version.
rule "terraform_module_version" {
  enabled = false
}

# Files are named after what is in them: overlaps.tf, regions.tf.
rule "terraform_standard_module_structure" {
  enabled = false
}
