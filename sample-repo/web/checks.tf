# Checks with a data source of their own ask the living thing. A preview does not ask: it says *not asked*. Verification
# does, after the server is up.
check "front_page_answers" {
  data "http" "front" {
    url = "http://127.0.0.1:${var.port}/"
  }

  assert {
    condition     = data.http.front.status_code == 200
    error_message = "The front page answers ${data.http.front.status_code}, not 200."
  }
  assert {
    condition     = strcontains(data.http.front.response_body, "Fernhill Books")
    error_message = "The front page does not say whose it is."
  }
}

check "every_site_is_linked" {
  assert {
    condition     = alltrue([for name, site in var.sites : strcontains(local_file.front.content, "/${name}/")])
    error_message = "A site is not linked from the front page."
  }
}
