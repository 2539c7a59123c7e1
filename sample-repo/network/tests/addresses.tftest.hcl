# Tests run in memory: nothing is made, nothing is left. They answer "does this produce the plan I expect?".

run "zones_do_not_overlap" {
  command = plan

  assert {
    condition     = length(distinct(values(output.ranges))) == 3
    error_message = "Two zones share a range."
  }
  assert {
    condition     = output.ranges["web"] == "10.40.16.0/20"
    error_message = "The web zone is not where the firewall expects it."
  }
}

run "hosts_are_counted_from_ten" {
  command = plan

  # Both sides are tuples. `==` never converts: the same addresses in a list would not be equal.
  assert {
    condition     = output.hosts["web"] == ["10.40.16.10", "10.40.16.11", "10.40.16.12"]
    error_message = "The web hosts are not numbered from .10."
  }
}

run "another_environment_has_another_name" {
  command = plan

  variables {
    environment = "test"
  }

  assert {
    condition     = terraform_data.subnet["edge"].input.name == "fernhill-test-edge"
    error_message = "The environment is not part of the name."
  }
}

# What must fail is worth a test as well.
run "a_range_that_is_too_small_is_refused" {
  command = plan

  variables {
    network = "10.40.0.0/24"
  }

  expect_failures = [var.network]
}

run "it_can_be_applied" {
  command = apply

  assert {
    condition     = terraform_data.subnet["edge"].output.gateway == "10.40.0.1"
    error_message = "The gateway is not the first address."
  }
}
