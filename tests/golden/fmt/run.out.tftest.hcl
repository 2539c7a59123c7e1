variables {
  a  = 1
  bb = x
}
run "x" {
  command = plan
  assert {
    condition     = output.x == "y"
    error_message = "no"
  }
  expect_failures = [var.x,
  check.y]
}
mock_provider "aws" {
  mock_resource "x" {
    defaults = {
      arn = "a"
      id  = "b"
    }
  }
}
