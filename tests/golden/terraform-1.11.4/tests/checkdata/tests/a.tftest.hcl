run "unread" {
  command = plan
}
