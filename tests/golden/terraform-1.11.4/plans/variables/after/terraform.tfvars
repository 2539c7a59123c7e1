object = { name = "n", tags = { a = 1 } }
list   = [1, true, "x"]
auto   = "tfvars"
notnull = null
