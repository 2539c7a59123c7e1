# How the environment `test` differs from the defaults. Short on purpose: the more an environment differs from the real
# one, the less its tests prove.
environment = "test"
port        = 18080
