run "empty_file_variables" {
  command = plan
}
