# Tests of the module that renders one site, apart from the network it stands in.

variables {
  name      = "events"
  title     = "Readings & Events"
  directory = "rendered/events"
  body      = ["On Thursdays."]
  upstream  = ["10.40.16.10", "10.40.16.11"]
}

run "the_page_has_its_title" {
  command = apply

  module {
    source = "../modules/site"
  }

  variables {
    port = 8080
  }

  assert {
    condition     = strcontains(local_file.page.content, "<title>Readings & Events</title>")
    error_message = "The title is missing from the page."
  }
  assert {
    condition     = length(split("-", random_pet.codename.id)) == 2
    error_message = "A codename is two words."
  }
}

run "the_server_listens_on_the_port" {
  command = plan

  module {
    source = "../modules/site"
  }

  variables {
    port = 8443
  }

  assert {
    condition     = strcontains(local_file.vhost.content, "listen 8443;")
    error_message = "The virtual host does not listen on the port it was given."
  }
  assert {
    condition     = strcontains(local_file.vhost.content, "# 2 hosts behind it")
    error_message = "The virtual host does not know its hosts."
  }
}

run "a_site_without_hosts_says_nothing_of_them" {
  command = plan

  module {
    source = "../modules/site"
  }

  variables {
    port     = 8080
    upstream = []
  }

  assert {
    condition     = !strcontains(local_file.vhost.content, "behind it")
    error_message = "The virtual host speaks of hosts that are not there."
  }
}
