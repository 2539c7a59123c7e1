# Kilter reads this too: what a repo already has is used, not replaced.
rule "terraform_naming_convention" {
  enabled = true
}

rule "terraform_standard_module_structure" {
  enabled = false
}
