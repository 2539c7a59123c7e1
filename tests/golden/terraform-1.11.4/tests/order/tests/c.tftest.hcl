run "first" { command = plan }
run "later_output_unknown" {
  variables { name = run.first.all.name }
}
