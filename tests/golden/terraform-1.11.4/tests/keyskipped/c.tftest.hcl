variables {
  v = 3
}
