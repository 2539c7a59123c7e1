run "other" { command = plan }
